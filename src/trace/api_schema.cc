#include "trace/api_schema.h"

namespace tandem::trace {
namespace {

// Members of a trace without its spans.
constexpr std::string_view kSummary = R"(
"trace_id":{"type":"string"},"project":{"type":"string"},"name":{"type":["string","null"]},
"status":{"type":"string","enum":["ok","error","unset"]},"complete":{"type":"boolean"},
"start_us":{"type":"integer"},"duration_us":{"type":"integer"},
"session_id":{"type":["string","null"]},"user_id":{"type":["string","null"]},
"tags":{"type":"array","items":{"type":"string"}},"metadata":{"type":"object"},
"environment":{"type":["string","null"]},"release":{"type":["string","null"]},
"span_count":{"type":"integer"},"error_count":{"type":"integer"},
"models":{"type":"array","items":{"type":"string"}},
"input_tokens":{"type":"integer"},"cached_input_tokens":{"type":"integer"},
"output_tokens":{"type":"integer"},"reasoning_tokens":{"type":"integer"},
"cost_nano_usd":{"type":"integer"},
"scores":{"type":"array","items":{"type":"object","properties":{
  "id":{"type":"string"},"name":{"type":"string"},"value":{"type":["number","null"]},
  "label":{"type":["string","null"]},"comment":{"type":["string","null"]},
  "source":{"type":["string","null"]},"span_id":{"type":["string","null"]},
  "created_us":{"type":"integer"}}}})";

constexpr std::string_view kMessages = R"({"type":"array","items":{"type":"object","properties":{
  "role":{"type":"string"},"finish_reason":{"type":["string","null"]},
  "parts":{"type":"array","items":{"type":"object","required":["type"],"properties":{
    "type":{"type":"string","enum":["text","tool_call","tool_call_response","reasoning","file",
                                    "uri","blob"]},
    "content":{"type":"string"},"id":{"type":["string","null"]},"name":{"type":"string"},
    "arguments":{},"result":{},"uri":{"type":"string"},"file_id":{"type":"string"},
    "modality":{"type":"string"},"mime_type":{"type":"string"}}}}}}})";

constexpr std::string_view kSpanBegin = R"({"type":"object","properties":{
"span_id":{"type":"string"},"parent_span_id":{"type":["string","null"]},
"name":{"type":"string"},
"kind":{"type":"string","enum":["llm","embedding","retriever","reranker","tool","agent","chain",
                                "guardrail","evaluator","prompt","span"]},
"otel_kind":{"type":"string","enum":["internal","server","client","producer","consumer","unset"]},
"status":{"type":"string","enum":["ok","error","unset"]},
"status_message":{"type":["string","null"]},
"start_us":{"type":"integer"},"duration_us":{"type":"integer"},
"time_to_first_token_us":{"type":["integer","null"]},
"provider":{"type":["string","null"]},"model":{"type":["string","null"]},
"request_model":{"type":["string","null"]},"response_model":{"type":["string","null"]},
"parameters":{"type":"object"},"input_messages":)";

constexpr std::string_view kSpanEnd = R"(,
"tool_definitions":{"type":"array","items":{"type":"object","properties":{
  "name":{"type":"string"},"description":{"type":["string","null"]},"parameters":{}}}},
"input":{},"output":{},
"usage":{"type":["object","null"],"properties":{
  "input_tokens":{"type":"integer"},"cached_input_tokens":{"type":"integer"},
  "cache_write_input_tokens":{"type":"integer"},"output_tokens":{"type":"integer"},
  "reasoning_tokens":{"type":"integer"},"counted":{"type":"boolean"}}},
"cost_nano_usd":{"type":["integer","null"]},
"cost_source":{"type":"string","enum":["prices","emitter","unknown"]},
"tool":{"type":["object","null"],"properties":{
  "name":{"type":"string"},"call_id":{"type":["string","null"]},"arguments":{},"result":{}}},
"documents":{"type":"array","items":{"type":"object","properties":{
  "id":{"type":["string","null"]},"content":{"type":"string"},"score":{"type":["number","null"]},
  "metadata":{"type":"object"}}}},
"prompt":{"type":["object","null"],"properties":{
  "name":{"type":"string"},"version":{"type":["string","null"]}}},
"exception":{"type":["object","null"],"properties":{
  "type":{"type":"string"},"message":{"type":["string","null"]},
  "stacktrace":{"type":["string","null"]}}},
"events":{"type":"array","items":{"type":"object","properties":{
  "name":{"type":"string"},"time_us":{"type":"integer"},"attributes":{"type":"object"}}}},
"links":{"type":"array","items":{"type":"object","properties":{
  "trace_id":{"type":"string"},"span_id":{"type":"string"},"attributes":{"type":"object"}}}},
"session_id":{"type":["string","null"]},"user_id":{"type":["string","null"]},
"attributes":{"type":"object"},"resource":{"type":"object"},
"scope":{"type":"object","properties":{
  "name":{"type":["string","null"]},"version":{"type":["string","null"]}}}}})";

constexpr std::string_view kNextCursor = R"("next_cursor":{"type":["string","null"]})";

std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string all;
  for (const std::string_view piece : pieces) all += piece;
  return all;
}

}  // namespace

std::string list_schema() {
  return joined({R"({"type":"object","required":["data","next_cursor"],"properties":{)",
                 R"("data":{"type":"array","items":{"type":"object","properties":{)", kSummary,
                 "}}},", kNextCursor,
                 R"(,"total_traces":{"type":"integer"},"total_spans":{"type":"integer"}}})"});
}

std::string trace_schema() {
  return joined({R"({"type":"object","required":["trace_id","spans"],"properties":{)", kSummary,
                 R"(,"spans":{"type":"array","items":)", kSpanBegin, kMessages,
                 R"(,"output_messages":)", kMessages, kSpanEnd, "},", kNextCursor, "}}"});
}

std::string_view list_description() {
  return "A filter is terms joined by `and`, each `field op value`. Strings (`trace_id`, `name`, "
         "`model`, `status`, `session_id`, `user_id`, `tag`) know `=` and `!=`; numbers "
         "(`duration_ms`, `cost_nano_usd`, `input_tokens`, `output_tokens`, `error_count`, "
         "`start_us`) know `= != < <= > >=`; `name` and `text` know `contains`, whatever the case "
         "of ASCII letters. `text` is any input, output or message of any span; `model` holds when "
         "any span has it. Strings stand in double quotes with JSON's escapes. `!=` also holds "
         "where the field is absent.";
}

}  // namespace tandem::trace
