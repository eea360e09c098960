// Spans for the tests of this folder: one with every field set, and short ones. For tests only.
#pragma once

#include <string>
#include <string_view>

#include "trace/types.h"

namespace tandem::trace::testing {

inline SpanId span_id(uint32_t number) {
  SpanId id;
  for (int i = 0; i < 4; ++i) id.bytes[static_cast<size_t>(7 - i)] = number >> (8 * i) & 255;
  id.bytes[0] = 0xA0;
  return id;
}

inline TraceId trace_id(uint32_t number) {
  TraceId id;
  for (int i = 0; i < 4; ++i) id.bytes[static_cast<size_t>(15 - i)] = number >> (8 * i) & 255;
  id.bytes[0] = 0xB0;
  return id;
}

// A root of its own trace.
inline Span root_span(uint32_t number, std::string_view project = "default") {
  Span span;
  span.project = ProjectId(project);
  span.trace_id = trace_id(number);
  span.span_id = span_id(number);
  span.name = "call " + std::to_string(number);
  span.kind = SpanKind::Llm;
  span.status = Status::Ok;
  span.start_us = 1'700'000'000'000'000 + int64_t{number} * 1'000'000;
  span.duration_us = 2'000;
  return span;
}

inline Span child_span(const Span& parent, uint32_t number) {
  Span span = root_span(number, parent.project.view());
  span.trace_id = parent.trace_id;
  span.parent_span_id = parent.span_id;
  span.start_us = parent.start_us + 100 + number;
  span.duration_us = 50;
  return span;
}

inline Message text_message(std::string role, std::string content) {
  Message message;
  message.role = std::move(role);
  message.parts.emplace_back().content = std::move(content);
  return message;
}

// Every field holds something that no other field holds.
inline Span full_span() {
  Span span = root_span(7, "support");
  span.parent_span_id = span_id(3);
  span.origin = Origin::Client;
  span.content_state = ContentState::Redacted;
  span.name = "chat gpt-4o-mini";
  span.otel_kind = OtelKind::Client;
  span.status = Status::Error;
  span.status_message = "cut off";
  span.start_us = 1'700'000'000'123'456;
  span.duration_us = 2'345'678;
  span.time_to_first_token_us = 120'000;
  span.operation = "chat";
  span.provider = "openai";
  span.request_model = "gpt-4o-mini";
  span.response_model = "gpt-4o-mini-2024-07-18";
  span.response_id = "chatcmpl-1";
  span.parameters.text = R"({"temperature":0.2,"max_tokens":100,"stop":"END"})";
  span.input_messages = {text_message("system", "Be brief."),
                         text_message("user", "Where is my refund? \xE2\x82\xAC")};
  Message answer;
  answer.role = "assistant";
  answer.finish_reason = "tool_calls";
  Part call;
  call.type = PartType::ToolCall;
  call.id = "call_1";
  call.name = "find_order";
  call.value.text = R"({"order":8842})";
  answer.parts.push_back(call);
  Part thought;
  thought.type = PartType::Reasoning;
  thought.content = "look it up";
  answer.parts.push_back(thought);
  span.output_messages = {answer};
  Message result;
  result.role = "tool";
  Part response;
  response.type = PartType::ToolCallResponse;
  response.id = "call_1";
  response.value.text = R"({"state":"sent"})";
  result.parts.push_back(response);
  Part image;
  image.type = PartType::Uri;
  image.reference = "https://example.com/a.png";
  image.modality = "image";
  image.mime_type = "image/png";
  result.parts.push_back(image);
  span.input_messages.push_back(result);
  span.tool_definitions = {{"find_order", "Finds an order", {R"({"type":"object"})"}}};
  span.input.text = R"({"question":"q"})";
  span.output.text = R"("an answer")";
  span.usage = TokenUsage{100, 20, 5, 50, 10};
  span.cost_nano_usd = 45'000;
  span.cost_source = CostSource::Prices;
  span.tool = ToolUse{"lookup", "call_2", {R"({"a":1})"}, {"[2]"}};
  span.documents = {{"doc-1", "Refunds take 5 days.", 0.75, {R"({"page":3})"}},
                    {"doc-2", "Other", std::nullopt, {}}};
  span.prompt = PromptVersion{"support/answer", "3"};
  span.exception = ExceptionInfo{"TimeoutError", "timed out", "at line 1"};
  span.events = {{"first token", 1'700'000'000'243'456, {R"({"n":1})"}}};
  span.links = {{trace_id(9), span_id(9), {R"({"why":"retry"})"}}};
  span.session_id = "session-1";
  span.user_id = "user-1";
  span.attributes.text = R"({"custom":"yes","n":3})";
  span.resource.text = R"({"service.name":"desk"})";
  span.scope_name = "my.scope";
  span.scope_version = "1.2";
  span.facts.tags = {"beta", "eu"};
  span.facts.metadata.text = R"({"tier":"gold"})";
  span.facts.environment = "production";
  span.facts.release = "2.1";
  return span;
}

}  // namespace tandem::trace::testing
