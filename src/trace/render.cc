#include "trace/render.h"

#include "base/json/validate.h"
#include "trace/gen_ai.h"

namespace tandem::trace {
namespace {

using json::Writer;

void integer_or_null(Writer& json, const std::optional<int64_t>& value) {
  value ? json.integer(*value) : json.null();
}

void number_or_null(Writer& json, const std::optional<double>& value) {
  value ? json.number(*value) : json.null();
}

void optional_string(Writer& json, std::string_view key, std::string_view value) {
  if (!value.empty()) json.key(key).string(value);
}

void write_part(Writer& json, const Part& part) {
  json.object().key("type").string(name_of(part.type));
  switch (part.type) {
    case PartType::Text:
    case PartType::Reasoning:
      json.key("content").string(part.content);
      break;
    case PartType::ToolCall:
      json.key("id").string_or_null(part.id).key("name").string(part.name);
      write_json(json.key("arguments"), part.value);
      break;
    case PartType::ToolCallResponse:
      json.key("id").string_or_null(part.id);
      write_json(json.key("result"), part.value);
      break;
    case PartType::File:
      json.key("file_id").string(part.reference);
      break;
    case PartType::Uri:
      json.key("uri").string(part.reference);
      break;
    case PartType::Blob:
      json.key("content").string(part.content);
      break;
  }
  optional_string(json, "modality", part.modality);
  optional_string(json, "mime_type", part.mime_type);
  json.end_object();
}

void write_messages(Writer& json, const std::vector<Message>& messages) {
  json.array();
  for (const Message& message : messages) {
    json.object().key("role").string(message.role).key("parts").array();
    for (const Part& part : message.parts) write_part(json, part);
    json.end_array().key("finish_reason").string_or_null(message.finish_reason).end_object();
  }
  json.end_array();
}

void write_tool_definitions(Writer& json, const std::vector<ToolDefinition>& definitions) {
  json.array();
  for (const ToolDefinition& definition : definitions) {
    json.object().key("name").string(definition.name);
    json.key("description").string_or_null(definition.description);
    write_json(json.key("parameters"), definition.parameters);
    json.end_object();
  }
  json.end_array();
}

void write_usage(Writer& json, const std::optional<TokenUsage>& usage, Counted counted) {
  if (!usage) {
    json.null();
    return;
  }
  json.object();
  json.key("input_tokens").integer(usage->input_tokens);
  json.key("cached_input_tokens").integer(usage->cached_input_tokens);
  json.key("cache_write_input_tokens").integer(usage->cache_write_input_tokens);
  json.key("output_tokens").integer(usage->output_tokens);
  json.key("reasoning_tokens").integer(usage->reasoning_tokens);
  json.key("counted").boolean(counted == Counted::Yes);
  json.end_object();
}

void write_tool(Writer& json, const std::optional<ToolUse>& tool) {
  if (!tool) {
    json.null();
    return;
  }
  json.object().key("name").string(tool->name).key("call_id").string_or_null(tool->call_id);
  write_json(json.key("arguments"), tool->arguments);
  write_json(json.key("result"), tool->result);
  json.end_object();
}

void write_documents(Writer& json, const std::vector<Document>& documents) {
  json.array();
  for (const Document& document : documents) {
    json.object().key("id").string_or_null(document.id).key("content").string(document.content);
    number_or_null(json.key("score"), document.score);
    write_object(json.key("metadata"), document.metadata);
    json.end_object();
  }
  json.end_array();
}

void write_exception(Writer& json, const std::optional<ExceptionInfo>& exception) {
  if (!exception) {
    json.null();
    return;
  }
  json.object().key("type").string(exception->type);
  json.key("message").string_or_null(exception->message);
  json.key("stacktrace").string_or_null(exception->stacktrace).end_object();
}

void write_events(Writer& json, const std::vector<Event>& events) {
  json.array();
  for (const Event& event : events) {
    json.object().key("name").string(event.name).key("time_us").integer(event.time_us);
    write_object(json.key("attributes"), event.attributes);
    json.end_object();
  }
  json.end_array();
}

void write_links(Writer& json, const std::vector<Link>& links) {
  json.array();
  for (const Link& link : links) {
    json.object().key("trace_id").string(link.trace_id.hex());
    json.key("span_id").string(link.span_id.hex());
    write_object(json.key("attributes"), link.attributes);
    json.end_object();
  }
  json.end_array();
}

void write_content(Writer& json, const Span& span) {
  json.key("provider").string_or_null(span.provider);
  json.key("model").string_or_null(span.model());
  json.key("request_model").string_or_null(span.request_model);
  json.key("response_model").string_or_null(span.response_model);
  write_object(json.key("parameters"), span.parameters);
  write_messages(json.key("input_messages"), span.input_messages);
  write_messages(json.key("output_messages"), span.output_messages);
  write_tool_definitions(json.key("tool_definitions"), span.tool_definitions);
  write_json(json.key("input"), span.input);
  write_json(json.key("output"), span.output);
}

void write_facts(Writer& json, const Span& span) {
  write_tool(json.key("tool"), span.tool);
  write_documents(json.key("documents"), span.documents);
  json.key("prompt");
  if (span.prompt) {
    json.object().key("name").string(span.prompt->name);
    json.key("version").string_or_null(span.prompt->version).end_object();
  } else {
    json.null();
  }
  write_exception(json.key("exception"), span.exception);
  write_events(json.key("events"), span.events);
  write_links(json.key("links"), span.links);
  json.key("session_id").string_or_null(span.session_id);
  json.key("user_id").string_or_null(span.user_id);
  write_attributes(json.key("attributes"), span);
  write_object(json.key("resource"), span.resource);
  json.key("scope").object().key("name").string_or_null(span.scope_name);
  json.key("version").string_or_null(span.scope_version).end_object();
}

void write_strings(Writer& json, const std::vector<std::string>& values) {
  json.array();
  for (const std::string& value : values) json.string(value);
  json.end_array();
}

void write_scores(Writer& json, const std::vector<Score>& scores) {
  json.array();
  for (const Score& score : scores) {
    json.object().key("id").string(score.id).key("name").string(score.name);
    number_or_null(json.key("value"), score.value);
    json.key("label").string_or_null(score.label).key("comment").string_or_null(score.comment);
    json.key("source").string_or_null(score.source);
    json.key("span_id").string_or_null(score.span_id);
    json.key("created_us").integer(score.created_us).end_object();
  }
  json.end_array();
}

void write_summary_members(Writer& json, const TraceSummary& trace,
                           const std::vector<Score>& scores) {
  json.key("trace_id").string(trace.trace_id.hex());
  json.key("project").string(trace.project.view());
  json.key("name").string_or_null(trace.name);
  json.key("status").string(name_of(trace.status));
  json.key("complete").boolean(trace.complete);
  json.key("start_us").integer(trace.start_us).key("duration_us").integer(trace.duration_us);
  json.key("session_id").string_or_null(trace.session_id);
  json.key("user_id").string_or_null(trace.user_id);
  write_strings(json.key("tags"), trace.tags);
  write_object(json.key("metadata"), trace.metadata);
  json.key("environment").string_or_null(trace.environment);
  json.key("release").string_or_null(trace.release);
  json.key("span_count").integer(trace.span_count);
  json.key("error_count").integer(trace.error_count);
  write_strings(json.key("models"), trace.models);
  json.key("input_tokens").integer(trace.input_tokens);
  json.key("cached_input_tokens").integer(trace.cached_input_tokens);
  json.key("output_tokens").integer(trace.output_tokens);
  json.key("reasoning_tokens").integer(trace.reasoning_tokens);
  json.key("cost_nano_usd").integer(trace.cost_nano_usd);
  write_scores(json.key("scores"), scores);
}

}  // namespace

void write_json(Writer& json, const Json& value) {
  if (value.empty()) {
    json.null();
  } else if (json::is_valid(value.text)) {
    json.raw(value.text);
  } else {
    json.string(value.text);
  }
}

void write_object(Writer& json, const Json& value) {
  const bool object = value.text.starts_with('{') && json::is_valid(value.text);
  if (object) {
    json.raw(value.text);
    return;
  }
  json.object();
  if (!value.empty()) write_json(json.key("value"), value);
  json.end_object();
}

void write_span(Writer& json, const Span& span, Counted counted) {
  json.object().key("span_id").string(span.span_id.hex());
  json.key("parent_span_id");
  span.is_root() ? json.null() : json.string(span.parent_span_id.hex());
  json.key("name").string(span.name).key("kind").string(name_of(span.kind));
  json.key("otel_kind").string(name_of(span.otel_kind));
  json.key("status").string(name_of(span.status));
  json.key("status_message").string_or_null(span.status_message);
  json.key("start_us").integer(span.start_us).key("duration_us").integer(span.duration_us);
  integer_or_null(json.key("time_to_first_token_us"), span.time_to_first_token_us);
  write_content(json, span);
  write_usage(json.key("usage"), span.usage, counted);
  integer_or_null(json.key("cost_nano_usd"), span.cost_nano_usd);
  json.key("cost_source").string(name_of(span.cost_source));
  write_facts(json, span);
  json.end_object();
}

void write_summary(Writer& json, const TraceSummary& trace, const std::vector<Score>& scores) {
  json.object();
  write_summary_members(json, trace, scores);
  json.end_object();
}

void write_trace(Writer& json, const TraceSummary& trace, const std::vector<Score>& scores,
                 std::string_view spans, std::string_view next_cursor) {
  json.object();
  write_summary_members(json, trace, scores);
  json.key("spans").array();
  if (!spans.empty()) json.raw(spans);
  json.end_array().key("next_cursor").string_or_null(next_cursor).end_object();
}

}  // namespace tandem::trace
