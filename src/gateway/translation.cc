#include "gateway/translation.h"

#include "base/json/validate.h"
#include "gateway/token_estimate.h"

namespace tandem::gateway {
namespace {

using messages::Event;
using messages::Finish;
using messages::Part;

std::string_view finish_name(Finish finish) {
  switch (finish) {
    case Finish::Stop:
    case Finish::StopSequence:
      return "stop";
    case Finish::Length:
      return "length";
    case Finish::ToolUse:
      return "tool_calls";
    case Finish::ContentFilter:
      return "content_filter";
    case Finish::Refusal:
      return "refusal";
    case Finish::Pause:
      return "pause";
  }
  return "stop";
}

Channel channel_of(Part::Kind kind, int64_t choice, int64_t part) {
  switch (kind) {
    case Part::Kind::Thinking:
    case Part::Kind::RedactedThinking:
      return {choice, Channel::Field::Reasoning, part};
    case Part::Kind::Refusal:
      return {choice, Channel::Field::Refusal, part};
    case Part::Kind::ToolUse:
      return {choice, Channel::Field::Arguments, part};
    default:
      return {choice, Channel::Field::Content, part};
  }
}

bool is_text_or_thought(Part::Kind kind) {
  return kind == Part::Kind::Text || kind == Part::Kind::Thinking ||
         kind == Part::Kind::RedactedThinking;
}

// What of a part a guard reads and may change.
std::string& said(Part& part) {
  return part.kind == Part::Kind::ToolUse ? part.arguments : part.text;
}

trace::Part shown(const Part& part) {
  trace::Part out;
  if (part.kind == Part::Kind::ToolUse) {
    out.type = trace::PartType::ToolCall;
    out.value.text = part.arguments;
  } else {
    if (part.kind == Part::Kind::Thinking) out.type = trace::PartType::Reasoning;
    out.content = part.text;
  }
  return out;
}

// What only its own dialect can say is read as it stands; a change must leave it JSON.
Result<void> guard_other(Part& part, OutputGate* gate) {
  if (!gate) return {};
  for (messages::Extra& extra : part.extras) {
    if (extra.is_note) continue;
    auto changed = gate->whole(extra.json);
    if (gate->blocked()) return fail(*gate->blocked());
    if (!changed) continue;
    if (!json::is_valid(*changed)) {
      return fail(Code::UpstreamError, "The answer holds a secret where it cannot be taken out.");
    }
    extra.json = *std::move(changed);
  }
  return {};
}

}  // namespace

Result<std::string> translate_request(const Call& call, AttemptContext& attempt,
                                      const messages::Dialect& to,
                                      const messages::WriteOptions& options) {
  const std::string redacted =
      call.redactions.empty() ? std::string() : call.redactions.apply(call.body);
  TRY(messages::Request request,
      attempt.client_dialect->read_request(redacted.empty() ? call.body : redacted));
  request.stream = call.stream;  // some say it in the path
  TRY_VOID(continue_request(request, attempt.said));
  TRY(messages::Written written, to.write_request(request, options));
  if (attempt.dropped) *attempt.dropped = std::move(written.dropped);
  return std::move(written.body);
}

Result<Rendered> translate_answer(const messages::Dialect& from, const messages::Dialect& to,
                                  const Call& call, AttemptResult& result, OutputGate* gate) {
  TRY(messages::Answer answer, from.read_answer(result.body));
  result.usage = answer.usage;
  Rendered rendered;
  rendered.usage = answer.usage;
  rendered.response_model = answer.model;
  for (messages::Choice& choice : answer.choices) {
    trace::Message message;
    message.role = "assistant";
    message.finish_reason = finish_name(choice.finish);
    for (Part& part : choice.parts) {
      if (part.kind == Part::Kind::Other) TRY_VOID(guard_other(part, gate));
      std::string& text = said(part);
      if (gate) {
        if (auto changed = gate->whole(text)) text = *std::move(changed);
        if (gate->blocked()) return fail(*gate->blocked());
      }
      rendered.estimated_output_tokens += estimate_tokens(text);
      message.parts.push_back(shown(part));
    }
    rendered.output_messages.push_back(std::move(message));
  }
  messages::AnswerOptions options;
  options.model = call.endpoint;
  options.created_s = wall_now_us() / 1'000'000;
  options.id = call.answer_id;
  options.echo = call.answer_echo;
  rendered.body = to.write_answer(answer, options);
  return rendered;
}

TranslatedStream::TranslatedStream(const messages::Dialect& from, const messages::Dialect& to,
                                   StreamOptions options, OutputGate* gate)
    : AnswerStream(std::move(options)),
      reader_(from.read_stream()),
      writer_(to.write_stream(answer_options())),
      gate_(gate),
      passes_other_(from.name() == to.name()) {}

TranslatedStream::TranslatedStream(const messages::Dialect& from, Continuation& goes_on,
                                   StreamOptions options, OutputGate* gate)
    : AnswerStream(std::move(options)),
      reader_(std::make_unique<ContinuedReader>(from.read_stream(), goes_on)),
      writer_(std::move(goes_on.writer)),
      gate_(gate),
      goes_on_(true),
      parts_(goes_on.parts) {
  if (!goes_on.part) return;
  open_[{0, *goes_on.part}] = {Part::Kind::Text, channel_of(Part::Kind::Text, 0, *goes_on.part)};
}

std::optional<Continuation> TranslatedStream::broken_off() {
  const auto said = text_to_continue();
  const bool several = ended_.size() > 1 || open_.size() > 1;
  if (!said || done_ || has_tools_ || several) return std::nullopt;
  Continuation rest;
  rest.said = *said;
  rest.parts = parts_;
  if (!open_.empty()) {
    const auto& [key, part] = *open_.begin();
    if (key.first != 0) return std::nullopt;
    if (part.kind == Part::Kind::Text) {
      rest.part = key.second;
    } else {  // another model's thoughts are no continuation of these
      Event end;
      end.kind = Event::Kind::PartEnd;
      end.part = key.second;
      writer_->write(end, rest.pending);
    }
  }
  rest.writer = std::move(writer_);
  return rest;
}

bool TranslatedStream::complete() const {
  if (ended_.empty()) return false;
  for (const auto& [choice, ended] : ended_) {
    if (!ended) return false;
  }
  return true;
}

Result<void> TranslatedStream::event(std::string_view data, std::string& out) {
  if (done_) return {};
  events_.clear();
  TRY_VOID(reader_->read(data, events_));
  for (Event& event : events_) TRY_VOID(pass(event, out));
  return {};
}

Result<void> TranslatedStream::end(std::string& out) {
  Event done;
  return pass(done, out);
}

// Sends what the gate still holds of a part that ends.
void TranslatedStream::pass_held(const PartKey& key, std::string& out) {
  const auto part = open_.find(key);
  if (part == open_.end() || !gate_) return;
  Event rest;
  rest.kind = Event::Kind::Delta;
  rest.choice = key.first;
  rest.part = key.second;
  rest.text = gate_->flush(part->second.channel);
  if (gate_->blocked() || rest.text.empty()) return;
  keep(part->second.channel, rest.text);
  writer_->write(rest, out);
}

Result<void> TranslatedStream::pass(Event& event, std::string& out) {
  const PartKey key{event.choice, event.part};
  const bool of_part = event.kind == Event::Kind::Delta || event.kind == Event::Kind::Signature ||
                       event.kind == Event::Kind::PartEnd;
  if (of_part && passed_over_.contains(key)) return {};
  switch (event.kind) {
    case Event::Kind::Start:
      provider_model_ = event.model;
      if (goes_on_) return {};
      break;
    case Event::Kind::PartBegin:
      // Only its own dialect can say it, and nobody who speaks another asked for it.
      if (event.begun.kind == Part::Kind::Other) {
        if (!passes_other_) {
          passed_over_.insert(key);
          return {};
        }
        TRY_VOID(guard_other(event.begun, gate_));
      }
      ended_.try_emplace(event.choice, false);
      has_tools_ = has_tools_ || !is_text_or_thought(event.begun.kind);
      parts_ = std::max(parts_, event.part + 1);
      open_[key] = {event.begun.kind, channel_of(event.begun.kind, event.choice, event.part)};
      break;
    case Event::Kind::Delta: {
      const auto part = open_.find(key);
      if (part == open_.end()) {
        return fail(Code::UpstreamError, "The provider sent a piece of a part that never began.");
      }
      if (gate_) event.text = gate_->feed(part->second.channel, event.text);
      if (is_blocked()) return fail(*gate_->blocked());
      if (event.text.empty()) return {};  // all of it is held back
      keep(part->second.channel, event.text);
      break;
    }
    case Event::Kind::PartEnd:
      pass_held(key, out);
      open_.erase(key);
      break;
    case Event::Kind::ChoiceEnd:
      ended_[event.choice] = true;
      ends_.insert_or_assign(event.choice, std::string(finish_name(event.finish)));
      break;
    case Event::Kind::Usage:
      usage_ = event.usage;
      return {};  // finish() says it
    case Event::Kind::Done:
      for (const auto& [open_key, part] : open_) pass_held(open_key, out);
      open_.clear();
      done_ = true;
      break;
    case Event::Kind::Signature:
      break;
  }
  if (is_blocked()) return fail(*gate_->blocked());
  if (event.kind != Event::Kind::Done) writer_->write(event, out);
  return {};
}

void TranslatedStream::finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
                              std::string& out) {
  messages::AnswerOptions options = answer_options();
  if (options_.client_wants_cost) options.cost_nano_usd = cost;
  writer_->finish(usage, options, out);
}

}  // namespace tandem::gateway
