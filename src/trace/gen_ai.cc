#include "trace/gen_ai.h"

#include <simdjson.h>

#include <array>
#include <utility>

#include "base/json/validate.h"
#include "base/text/utf8.h"
#include "trace/render.h"

namespace tandem::trace {
namespace {

using json::Writer;

struct RequestAttribute {
  std::string_view parameter;  // as clients send it
  std::string_view attribute;
};

constexpr std::array<RequestAttribute, 12> kRequestAttributes{{
    {"temperature", "gen_ai.request.temperature"},
    {"top_p", "gen_ai.request.top_p"},
    {"top_k", "gen_ai.request.top_k"},
    {"max_tokens", "gen_ai.request.max_tokens"},
    {"max_completion_tokens", "gen_ai.request.max_tokens"},
    {"max_output_tokens", "gen_ai.request.max_tokens"},
    {"frequency_penalty", "gen_ai.request.frequency_penalty"},
    {"presence_penalty", "gen_ai.request.presence_penalty"},
    {"seed", "gen_ai.request.seed"},
    {"n", "gen_ai.request.choice.count"},
    {"stop", "gen_ai.request.stop_sequences"},
    {"stop_sequences", "gen_ai.request.stop_sequences"},
}};

void text_attribute(Writer& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.key(name).string(value);
}

// The conventions want a list of stop sequences where clients may send a single string.
void write_parameter(Writer& json, std::string_view attribute, simdjson::dom::element value) {
  if (value.is_null()) return;
  json.key(attribute);
  const bool list = attribute.ends_with("stop_sequences") && value.is_string();
  if (list) json.array();
  json.raw(simdjson::minify(value));
  if (list) json.end_array();
}

void write_request_parameters(Writer& json, const Json& parameters) {
  if (parameters.empty()) return;
  simdjson::dom::parser parser;
  simdjson::dom::object members;
  if (parser.parse(parameters.text).get(members) != simdjson::SUCCESS) return;
  std::string_view last;
  for (const RequestAttribute& row : kRequestAttributes) {
    simdjson::dom::element value;
    if (row.attribute == last || members.at_key(row.parameter).get(value) != simdjson::SUCCESS) {
      continue;
    }
    write_parameter(json, row.attribute, value);
    last = row.attribute;
  }
  bool stream = false;
  if (members.at_key("stream").get(stream) == simdjson::SUCCESS) {
    json.key("gen_ai.request.stream").boolean(stream);
  }
}

void write_finish_reasons(Writer& json, const Span& span) {
  bool any = false;
  for (const Message& message : span.output_messages) any |= !message.finish_reason.empty();
  if (!any) return;
  json.key("gen_ai.response.finish_reasons").array();
  for (const Message& message : span.output_messages) {
    if (!message.finish_reason.empty()) json.string(message.finish_reason);
  }
  json.end_array();
}

void write_usage(Writer& json, const TokenUsage& usage) {
  const auto count = [&json](std::string_view name, int64_t tokens) {
    json.key(name).integer(tokens);
  };
  count("gen_ai.usage.input_tokens", usage.input_tokens);
  count("gen_ai.usage.output_tokens", usage.output_tokens);
  if (usage.cached_input_tokens != 0) {
    count("gen_ai.usage.cache_read.input_tokens", usage.cached_input_tokens);
  }
  if (usage.cache_write_input_tokens != 0) {
    count("gen_ai.usage.cache_creation.input_tokens", usage.cache_write_input_tokens);
  }
  if (usage.reasoning_tokens != 0) {
    count("gen_ai.usage.reasoning.output_tokens", usage.reasoning_tokens);
  }
}

void write_derived(Writer& json, const Span& span) {
  text_attribute(json, "gen_ai.operation.name", operation_name(span));
  text_attribute(json, "gen_ai.provider.name", span.provider);
  text_attribute(json, "gen_ai.request.model", span.request_model);
  write_request_parameters(json, span.parameters);
  text_attribute(json, "gen_ai.response.model", span.response_model);
  text_attribute(json, "gen_ai.response.id", span.response_id);
  write_finish_reasons(json, span);
  if (span.time_to_first_token_us) {
    json.key("gen_ai.response.time_to_first_chunk")
        .number(static_cast<double>(*span.time_to_first_token_us) / 1e6);
  }
  if (span.usage) write_usage(json, *span.usage);
  if (span.tool) {
    text_attribute(json, "gen_ai.tool.name", span.tool->name);
    text_attribute(json, "gen_ai.tool.call.id", span.tool->call_id);
  }
  text_attribute(json, "gen_ai.conversation.id", span.session_id);
  text_attribute(json, "user.id", span.user_id);
  if (span.exception) text_attribute(json, "error.type", span.exception->type);
}

// The inside of a JSON object; empty where `object` is none.
std::string_view members_of(const Json& object) {
  std::string_view text = object.text;
  if (!text.starts_with('{') || !text.ends_with('}') || !json::is_valid(text)) return {};
  text.remove_prefix(1);
  text.remove_suffix(1);
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text;
}

}  // namespace

std::string_view operation_name(const Span& span) {
  if (!span.operation.empty()) return span.operation;
  switch (span.kind) {
    case SpanKind::Llm:
      return "chat";
    case SpanKind::Embedding:
      return "embeddings";
    case SpanKind::Retriever:
      return "retrieval";
    case SpanKind::Tool:
      return "execute_tool";
    case SpanKind::Agent:
      return "invoke_agent";
    default:
      return {};
  }
}

std::string conventional_name(const Span& span) {
  std::string name(operation_name(span));
  const std::string_view subject = span.kind == SpanKind::Tool && span.tool
                                       ? std::string_view(span.tool->name)
                                       : std::string_view(span.request_model);
  if (name.empty()) return std::string(subject);
  if (!subject.empty()) name.append(" ").append(subject);
  return name;
}

void write_attributes(Writer& json, const Span& span) {
  if (span.origin == Origin::Client) {
    write_object(json, span.attributes);
    return;
  }
  json.object();
  write_derived(json, span);
  const std::string_view own = members_of(span.attributes);
  if (!own.empty()) json.raw(own);
  json.end_object();
}

}  // namespace tandem::trace
