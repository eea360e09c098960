#include "trace/capture.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/json/writer.h"
#include "base/text/utf8.h"

namespace tandem::trace {
namespace {

constexpr std::array<std::string_view, 4> kNames{"full", "redacted", "metadata", "none"};
constexpr size_t kMaxMetadataString = 256;

// Attribute names under which the emitters that we know put content.
constexpr std::array<std::string_view, 23> kContentPrefixes{"gen_ai.input.messages",
                                                            "gen_ai.output.messages",
                                                            "gen_ai.system_instructions",
                                                            "gen_ai.tool.definitions",
                                                            "gen_ai.tool.call.arguments",
                                                            "gen_ai.tool.call.result",
                                                            "gen_ai.tool.description",
                                                            "gen_ai.prompt",
                                                            "gen_ai.completion",
                                                            "gen_ai.event.content",
                                                            "input.",
                                                            "output.",
                                                            "llm.input_messages",
                                                            "llm.output_messages",
                                                            "llm.prompt",
                                                            "llm.tools",
                                                            "retrieval.documents",
                                                            "reranker.",
                                                            "embedding.embeddings",
                                                            "traceloop.entity.",
                                                            "langfuse.observation.input",
                                                            "langfuse.observation.output",
                                                            "exception."};
constexpr std::array<std::string_view, 12> kMoreContentPrefixes{"langfuse.trace.input",
                                                                "langfuse.trace.output",
                                                                "langfuse.trace.metadata",
                                                                "mlflow.spanInputs",
                                                                "mlflow.spanOutputs",
                                                                "mlflow.chat.tools",
                                                                "tool.parameters",
                                                                "ai.prompt",
                                                                "ai.response",
                                                                "metadata",
                                                                "messages",
                                                                "http.request.body"};

bool carries_content(std::string_view name) {
  const auto starts = [name](std::string_view prefix) { return name.starts_with(prefix); };
  return std::any_of(kContentPrefixes.begin(), kContentPrefixes.end(), starts) ||
         std::any_of(kMoreContentPrefixes.begin(), kMoreContentPrefixes.end(), starts);
}

void drop_content(Span& span) {
  span.input_messages.clear();
  span.output_messages.clear();
  span.tool_definitions.clear();
  span.input = {};
  span.output = {};
  if (span.tool) span.tool->arguments = span.tool->result = {};
  span.documents.clear();
  span.status_message.clear();
  if (span.exception) {
    span.exception->message.clear();
    span.exception->stacktrace.clear();
  }
  for (Event& event : span.events) event.attributes = metadata_attributes(event.attributes);
  for (Link& link : span.links) link.attributes = metadata_attributes(link.attributes);
  span.attributes = metadata_attributes(span.attributes);
  span.parameters = metadata_attributes(span.parameters);
  span.facts.metadata = {};
}

// Calls `cut` with every text of the span that may be long, the most telling first, so that what is
// left over after the budget is used up is what matters least.
template <class F>
void each_text(Span& span, F cut) {
  const auto messages = [&cut](std::vector<Message>& list) {
    for (Message& message : list) {
      for (Part& part : message.parts) {
        cut(part.content);
        cut(part.value.text);
        cut(part.reference);
      }
    }
  };
  messages(span.output_messages);
  messages(span.input_messages);
  cut(span.output.text);
  cut(span.input.text);
  if (span.tool) {
    cut(span.tool->result.text);
    cut(span.tool->arguments.text);
  }
  cut(span.status_message);
  if (span.exception) {
    cut(span.exception->message);
    cut(span.exception->stacktrace);
  }
  for (Document& document : span.documents) {
    cut(document.content);
    cut(document.metadata.text);
  }
  cut(span.parameters.text);
  for (ToolDefinition& tool : span.tool_definitions) {
    cut(tool.description);
    cut(tool.parameters.text);
  }
  cut(span.attributes.text);
  cut(span.resource.text);
  cut(span.facts.metadata.text);
  for (Event& event : span.events) cut(event.attributes.text);
  for (Link& link : span.links) cut(link.attributes.text);
}

template <class F>
void each_name(Span& span, F cut) {
  for (std::string* name :
       {&span.name, &span.operation, &span.provider, &span.request_model, &span.response_model,
        &span.response_id, &span.session_id, &span.user_id, &span.scope_name, &span.scope_version,
        &span.facts.environment, &span.facts.release}) {
    cut(*name);
  }
  for (std::string& tag : span.facts.tags) cut(tag);
  for (Message& message : span.input_messages) cut(message.role);
  for (Message& message : span.output_messages) cut(message.role);
  for (Event& event : span.events) cut(event.name);
  for (Document& document : span.documents) cut(document.id);
  for (ToolDefinition& tool : span.tool_definitions) cut(tool.name);
}

template <class T>
void keep_first(std::vector<T>& list, size_t count) {
  if (list.size() > count) list.resize(count);
}

void cut_lists(Span& span) {
  keep_first(span.documents, limits::kMaxListItems);
  keep_first(span.events, limits::kMaxListItems);
  keep_first(span.links, limits::kMaxListItems);
  keep_first(span.tool_definitions, limits::kMaxListItems);
  keep_first(span.facts.tags, limits::kMaxTags);
}

}  // namespace

std::string_view name_of(Capture capture) {
  return kNames[static_cast<size_t>(capture)];
}

std::optional<Capture> find_capture(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Capture>(found - kNames.begin());
}

bool cut_text(std::string& text, size_t max_bytes) {
  if (text.size() <= max_bytes) return false;
  const std::string mark = fmt::format("…[cut by Tandem: {} of {} bytes]", max_bytes, text.size());
  size_t kept = max_bytes > mark.size() ? max_bytes - mark.size() : 0;
  kept -= text::incomplete_utf8_tail(std::string_view(text).substr(0, kept));
  text.resize(kept);
  text += mark;
  return true;
}

Json metadata_attributes(const Json& attributes) {
  if (attributes.empty()) return {};
  simdjson::dom::parser parser;
  simdjson::dom::object members;
  if (parser.parse(attributes.text).get(members) != simdjson::SUCCESS) return {};
  Json kept;
  json::Writer json(kept.text);
  json.object();
  for (const auto member : members) {
    if (carries_content(member.key)) continue;
    const bool short_string =
        member.value.is_string() && member.value.get_string_length().value() <= kMaxMetadataString;
    if (member.value.is_number() || member.value.is_bool() || short_string) {
      json.key(member.key).raw(simdjson::minify(member.value));
    }
  }
  json.end_object();
  return kept;
}

Keep apply_capture(Span& span, Capture capture, const CaptureLimits& limits) {
  if (capture == Capture::None) return Keep::No;
  const bool raw = span.content_state == ContentState::Raw;
  if (capture == Capture::Metadata || (capture == Capture::Redacted && raw)) drop_content(span);
  cut_lists(span);
  each_name(span, [](std::string& name) { cut_text(name, limits::kMaxNameBytes); });
  size_t left = limits.max_span_bytes;
  each_text(span, [&](std::string& text) {
    cut_text(text, std::min(left, limits.max_text_bytes));
    left -= std::min(left, text.size());
  });
  return Keep::Yes;
}

size_t approximate_bytes(const Span& span) {
  size_t bytes = sizeof(Span) + span.name.size() + span.attributes.text.size() +
                 span.parameters.text.size() + span.input.text.size() + span.output.text.size() +
                 span.resource.text.size() + span.events.size() * sizeof(Event) +
                 span.links.size() * sizeof(Link);
  const auto add = [&bytes](const std::vector<Message>& messages) {
    for (const Message& message : messages) {
      bytes += sizeof(Message) + message.parts.size() * sizeof(Part);
      for (const Part& part : message.parts) bytes += part.content.size() + part.value.text.size();
    }
  };
  add(span.input_messages);
  add(span.output_messages);
  for (const Document& document : span.documents)
    bytes += sizeof(Document) + document.content.size();
  for (const Event& event : span.events) bytes += event.attributes.text.size();
  for (const ToolDefinition& tool : span.tool_definitions) bytes += tool.parameters.text.size();
  if (span.tool) bytes += span.tool->arguments.text.size() + span.tool->result.text.size();
  return bytes;
}

}  // namespace tandem::trace
