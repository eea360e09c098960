// What a trace is made of: spans with messages, documents, usage and cost, and the summary that a
// trace amounts to. Plain values without I/O, named as in the public JSON (see render.h). Whoever
// makes a Span owns it until it is moved into Recorder::record().
//   Span span;  span.project = ctx.project();  span.kind = SpanKind::Llm;  …
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/trace_context.h"

namespace tandem::trace {

enum class SpanKind : uint8_t {
  Span,
  Llm,
  Embedding,
  Retriever,
  Reranker,
  Tool,
  Agent,
  Chain,
  Guardrail,
  Evaluator,
  Prompt,
};
enum class OtelKind : uint8_t { Unset, Internal, Server, Client, Producer, Consumer };
enum class Status : uint8_t { Unset, Ok, Error };
enum class CostSource : uint8_t { Unknown, Prices, Emitter };
enum class PartType : uint8_t { Text, ToolCall, ToolCallResponse, Reasoning, File, Uri, Blob };

// Who made the span. Attributes of our own spans are derived from the typed fields when they are
// shown (gen_ai.h), so that recording one costs nothing; those of others are kept as sent.
enum class Origin : uint8_t { Tandem, Client };

// Whether a guard has already replaced what must not be stored (see capture.h).
enum class ContentState : uint8_t { Raw, Redacted };

// A JSON value as text; empty: null. Text that is not valid JSON is shown as a JSON string, so what
// a model cut short in the middle of its arguments is still visible.
struct Json {
  std::string text;

  bool empty() const { return text.empty(); }
  friend bool operator==(const Json&, const Json&) = default;
};

// One piece of a message. Which fields count depends on the type:
// Text, Reasoning: content. ToolCall: id, name, value (arguments). ToolCallResponse: id, value
// (result). File: reference (file id). Uri: reference. Blob: content (base64). The last three may
// have a modality ("image", "audio" …) and a MIME type.
struct Part {
  PartType type = PartType::Text;
  std::string content;
  std::string id;
  std::string name;
  Json value;
  std::string reference;
  std::string modality;
  std::string mime_type;
};

struct Message {
  std::string role;  // "system", "user", "assistant", "tool"
  std::vector<Part> parts;
  std::string finish_reason;  // output messages: "stop", "length", "tool_calls" …
};

struct ToolDefinition {
  std::string name;
  std::string description;
  Json parameters;  // JSON Schema
};

// Tokens of one call. Input includes what was cached and written to a cache; output includes
// reasoning.
struct TokenUsage {
  int64_t input_tokens = 0;
  int64_t cached_input_tokens = 0;
  int64_t cache_write_input_tokens = 0;
  int64_t output_tokens = 0;
  int64_t reasoning_tokens = 0;

  friend bool operator==(const TokenUsage&, const TokenUsage&) = default;
};

struct ToolUse {
  std::string name;
  std::string call_id;
  Json arguments;
  Json result;
};

struct Document {
  std::string id;
  std::string content;
  std::optional<double> score;
  Json metadata;
};

struct PromptVersion {
  std::string name;
  std::string version;
};

struct ExceptionInfo {
  std::string type;
  std::string message;
  std::string stacktrace;
};

struct Event {
  std::string name;
  WallUs time_us = 0;
  Json attributes;
};

struct Link {
  TraceId trace_id;
  SpanId span_id;
  Json attributes;
};

// What a span says about its whole trace. The root's values win, else the first that came.
struct TraceFacts {
  std::vector<std::string> tags;
  Json metadata;  // a JSON object
  std::string environment;
  std::string release;
};

struct Span {
  ProjectId project;
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;  // zero: a root
  Origin origin = Origin::Tandem;
  ContentState content_state = ContentState::Raw;

  std::string name;
  SpanKind kind = SpanKind::Span;
  OtelKind otel_kind = OtelKind::Internal;
  Status status = Status::Unset;
  std::string status_message;
  WallUs start_us = 0;
  int64_t duration_us = 0;
  std::optional<int64_t> time_to_first_token_us;

  std::string operation;  // gen_ai.operation.name; empty: by kind
  std::string provider;
  std::string request_model;
  std::string response_model;
  std::string response_id;
  Json parameters;  // temperature, max_tokens … as the client sent them; a JSON object

  std::vector<Message> input_messages;
  std::vector<Message> output_messages;
  std::vector<ToolDefinition> tool_definitions;
  Json input;  // of spans without messages
  Json output;

  std::optional<TokenUsage> usage;
  std::optional<int64_t> cost_nano_usd;
  CostSource cost_source = CostSource::Unknown;

  std::optional<ToolUse> tool;
  std::vector<Document> documents;
  std::optional<PromptVersion> prompt;
  std::optional<ExceptionInfo> exception;
  std::vector<Event> events;
  std::vector<Link> links;

  std::string session_id;
  std::string user_id;
  Json attributes;  // a JSON object; of our own spans only what gen_ai.h does not derive
  Json resource;
  std::string scope_name;
  std::string scope_version;
  TraceFacts facts;

  bool is_root() const { return !parent_span_id.valid(); }
  // The model that answered, else the one that was asked.
  std::string_view model() const { return response_model.empty() ? request_model : response_model; }
};

// What the spans of one trace amount to; a row of the trace list.
struct TraceSummary {
  TraceId trace_id;
  ProjectId project;
  std::string name;
  Status status = Status::Unset;
  bool complete = false;  // the root has come
  WallUs start_us = 0;
  int64_t duration_us = 0;
  std::string session_id;
  std::string user_id;
  std::vector<std::string> tags;
  Json metadata;
  std::string environment;
  std::string release;
  int64_t span_count = 0;
  int64_t error_count = 0;
  std::vector<std::string> models;
  int64_t input_tokens = 0;
  int64_t cached_input_tokens = 0;
  int64_t output_tokens = 0;
  int64_t reasoning_tokens = 0;
  int64_t cost_nano_usd = 0;
};

std::string_view name_of(SpanKind kind);      // "llm"
std::string_view name_of(OtelKind kind);      // "client"
std::string_view name_of(Status status);      // "ok"
std::string_view name_of(CostSource source);  // "prices"
std::string_view name_of(PartType type);      // "tool_call"
std::optional<SpanKind> find_span_kind(std::string_view name);
std::optional<Status> find_status(std::string_view name);

// "tool_call" and "tool_calls" mean the same; so do "max_tokens" and "length".
std::string_view normal_finish_reason(std::string_view reason);

}  // namespace tandem::trace
