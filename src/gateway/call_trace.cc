#include "gateway/call_trace.h"

#include "base/error/error_table.h"
#include "base/json/writer.h"

namespace tandem::gateway {
namespace {

trace::SpanKind span_kind(CallKind kind) {
  switch (kind) {
    case CallKind::Embedding:
      return trace::SpanKind::Embedding;
    case CallKind::Predict:
      return trace::SpanKind::Tool;
    case CallKind::Rerank:
      return trace::SpanKind::Reranker;
    default:
      return trace::SpanKind::Llm;
  }
}

std::string_view operation(CallKind kind) {
  switch (kind) {
    case CallKind::Chat:
      return "chat";
    case CallKind::Completion:
      return "text_completion";
    case CallKind::Embedding:
      return "embeddings";
    default:
      return call_kind_name(kind);
  }
}

}  // namespace

void CallTrace::about(const Call& call, const Endpoint& endpoint) {
  capture_ = endpoint.config.capture;
  span_->kind = span_kind(call.kind);
  span_->operation = operation(call.kind);
  span_->name = span_->operation + " " + call.endpoint;
  span_->request_model = call.endpoint;
  span_->session_id = call.session_id;
  span_->content_state =
      endpoint.config.guards.empty() ? trace::ContentState::Raw : trace::ContentState::Redacted;
}

void CallTrace::attempt_failed(int number, const Target& target, FailureKind failure,
                               const std::string& message, std::string_view key) {
  json::Writer json(add_event("attempt_failed"));
  json.object().key("attempt").integer(number).key("target").string(target.label());
  json.key("failure").string(failure_name(failure)).key("message").string(message);
  if (!key.empty()) json.key("key").string(key);
  json.end_object();
}

void CallTrace::key_rests(int number, const Target& target, const RestingKey& key) {
  json::Writer json(add_event("key_rests"));
  json.object().key("attempt").integer(number).key("target").string(target.label());
  json.key("key").string(key.name).key("status").integer(key.status).end_object();
}

void CallTrace::continued(int number, const Target& target, size_t bytes) {
  json::Writer json(add_event("continued"));
  json.object().key("attempt").integer(number).key("target").string(target.label());
  json.key("after_bytes").integer(static_cast<int64_t>(bytes)).end_object();
}

void CallTrace::hedged(int number, const Target& target, int64_t after_ms) {
  json::Writer json(add_event("hedged"));
  json.object().key("attempt").integer(number).key("target").string(target.label());
  json.key("after_ms").integer(after_ms).end_object();
}

void CallTrace::hedge_lost(int number, const Target& target) {
  json::Writer json(add_event("hedge_lost"));
  json.object().key("attempt").integer(number).key("target").string(target.label()).end_object();
}

// Its attributes, to be written.
std::string& CallTrace::add_event(std::string_view name) {
  trace::Event& event = span_->events.emplace_back();
  event.name = name;
  event.time_us = wall_now_us();
  return event.attributes.text;
}

void CallTrace::output(Rendered& rendered) {
  span_->response_model = rendered.response_model;
  if (!trace::keeps_content(capture_)) return;
  span_->output_messages = std::move(rendered.output_messages);
  span_->output = std::move(rendered.output);
}

void CallTrace::output(const std::map<Channel, std::string>& texts,
                       const std::map<int64_t, std::string>& ends,
                       const std::string& response_model) {
  span_->response_model = response_model;
  if (!trace::keeps_content(capture_)) return;
  std::map<int64_t, trace::Message> messages;
  // What another target had said before this one went on.
  if (!span_->output_messages.empty()) {
    messages[0] = std::move(span_->output_messages.front());
    span_->output_messages.clear();
  }
  for (const auto& [channel, text] : texts) {
    trace::Part part;
    if (channel.field == Channel::Field::Reasoning) {
      part.type = trace::PartType::Reasoning;
    }
    if (channel.field == Channel::Field::Arguments) {
      part.type = trace::PartType::ToolCall;
      part.value.text = text;
    } else {
      part.content = text;
    }
    messages[channel.choice].parts.push_back(std::move(part));
  }
  for (const auto& [choice, reason] : ends) messages[choice].finish_reason = reason;
  for (auto& [choice, message] : messages) {
    message.role = "assistant";
    span_->output_messages.push_back(std::move(message));
  }
}

void CallTrace::settled(const cost::Settled& settled, const cost::Usage& usage) {
  if (span_->kind != trace::SpanKind::Tool) {
    if (!span_->usage) span_->usage.emplace();
    span_->usage->input_tokens += usage.input_tokens;
    span_->usage->cached_input_tokens += usage.cached_input_tokens;
    span_->usage->cache_write_input_tokens += usage.cache_write_input_tokens;
    span_->usage->output_tokens += usage.output_tokens;
    span_->usage->reasoning_tokens += usage.reasoning_tokens;
  }
  span_->cost_nano_usd = span_->cost_nano_usd.value_or(0) + settled.cost_nano_usd;
  span_->cost_source = settled.source == cost::CostSource::Prices ? trace::CostSource::Prices
                                                                  : trace::CostSource::Unknown;
}

void CallTrace::answered_by(const Target& target, int attempts) {
  span_->provider = target.provider();
  target_ = target.label();
  attempts_ = attempts;
  if (span_->response_model.empty()) span_->response_model = target.model();
}

void CallTrace::failed(const Error& error) {
  span_->status = trace::Status::Error;
  span_->status_message = error.message;
  span_->exception =
      trace::ExceptionInfo{std::string(error_row(error.code).name), error.message, ""};
}

void CallTrace::record(trace::Recorder& recorder, Call& call, const Surface& surface) {
  if (span_->name.empty()) return;  // refused before anybody knew what it was
  if (trace::keeps_content(capture_)) surface.describe_input(call, *span_);
  span_->project = context_.project();
  span_->trace_id = context_.trace.trace_id;
  span_->span_id = context_.trace.span_id;
  span_->parent_span_id = context_.trace.parent_span_id;
  span_->otel_kind = trace::OtelKind::Server;
  span_->start_us = context_.started_us;
  span_->duration_us = steady_now_us() - context_.started_steady_us;
  span_->time_to_first_token_us = first_token_us_;
  span_->user_id = context_.principal.user.str();
  if (span_->status == trace::Status::Unset) span_->status = trace::Status::Ok;
  json::Writer json(span_->attributes.text);
  json.object().key("tandem.request_id").string(context_.request_id.view());
  json.key("tandem.key_id").string(context_.principal.key.view());
  json.key("tandem.endpoint").string(span_->request_model);
  if (!target_.empty()) json.key("tandem.target").string(target_);
  if (!key_.empty()) json.key("tandem.provider_key").string(key_);
  json.key("tandem.attempts").integer(attempts_);
  json.key("tandem.overhead_us").integer(span_->duration_us - context_.waited_us);
  if (queued_us_ > 0) json.key("tandem.queued_us").integer(queued_us_);
  if (!guard_events_.empty()) {
    json.key("tandem.guard").array();
    for (const GuardEvent& event : guard_events_) {
      json.object().key("policy").string(event.policy).key("rule").string(event.rule);
      json.key("action").string(event.action).key("direction").string(event.direction);
      json.key("count").integer(event.count).end_object();
    }
    json.end_array();
  }
  json.end_object();
  if (trace::apply_capture(*span_, capture_) == trace::Keep::Yes) recorder.record(std::move(span_));
}

}  // namespace tandem::gateway
