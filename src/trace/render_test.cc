#include "trace/render.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "trace/gen_ai.h"
#include "trace/sample_spans.h"

namespace tandem::trace {
namespace {

namespace bj = boost::json;
using testing::full_span;

bj::value parsed_span(const Span& span, Counted counted = Counted::Yes) {
  std::string out;
  json::Writer json(out);
  write_span(json, span, counted);
  return bj::parse(out);
}

// The shape that the interface page of the project lays down, written out by hand.
TEST(Render, ASpanHasExactlyTheDocumentedShape) {
  const bj::value expected = bj::parse(R"({
    "span_id":"a000000000000007","parent_span_id":"a000000000000003","name":"chat gpt-4o-mini",
    "kind":"llm","otel_kind":"client","status":"error","status_message":"cut off",
    "start_us":1700000000123456,"duration_us":2345678,"time_to_first_token_us":120000,
    "provider":"openai","model":"gpt-4o-mini-2024-07-18","request_model":"gpt-4o-mini",
    "response_model":"gpt-4o-mini-2024-07-18",
    "parameters":{"temperature":0.2,"max_tokens":100,"stop":"END"},
    "input_messages":[
      {"role":"system","parts":[{"type":"text","content":"Be brief."}],"finish_reason":null},
      {"role":"user","parts":[{"type":"text","content":"Where is my refund? €"}],
       "finish_reason":null},
      {"role":"tool","parts":[
        {"type":"tool_call_response","id":"call_1","result":{"state":"sent"}},
        {"type":"uri","uri":"https://example.com/a.png","modality":"image",
         "mime_type":"image/png"}],"finish_reason":null}],
    "output_messages":[{"role":"assistant","parts":[
      {"type":"tool_call","id":"call_1","name":"find_order","arguments":{"order":8842}},
      {"type":"reasoning","content":"look it up"}],"finish_reason":"tool_calls"}],
    "tool_definitions":[{"name":"find_order","description":"Finds an order",
                         "parameters":{"type":"object"}}],
    "input":{"question":"q"},"output":"an answer",
    "usage":{"input_tokens":100,"cached_input_tokens":20,"cache_write_input_tokens":5,
             "output_tokens":50,"reasoning_tokens":10,"counted":true},
    "cost_nano_usd":45000,"cost_source":"prices",
    "tool":{"name":"lookup","call_id":"call_2","arguments":{"a":1},"result":[2]},
    "documents":[{"id":"doc-1","content":"Refunds take 5 days.","score":0.75,
                  "metadata":{"page":3}},
                 {"id":"doc-2","content":"Other","score":null,"metadata":{}}],
    "prompt":{"name":"support/answer","version":"3"},
    "exception":{"type":"TimeoutError","message":"timed out","stacktrace":"at line 1"},
    "events":[{"name":"first token","time_us":1700000000243456,"attributes":{"n":1}}],
    "links":[{"trace_id":"b0000000000000000000000000000009","span_id":"a000000000000009",
              "attributes":{"why":"retry"}}],
    "session_id":"session-1","user_id":"user-1","attributes":{"custom":"yes","n":3},
    "resource":{"service.name":"desk"},"scope":{"name":"my.scope","version":"1.2"}})");
  EXPECT_EQ(parsed_span(full_span()), expected);
  EXPECT_FALSE(parsed_span(full_span(), Counted::No).at("usage").at("counted").as_bool());
}

TEST(Render, WhatIsAbsentIsNullAndListsAreEmpty) {
  Span span;
  span.span_id = testing::span_id(1);
  span.origin = Origin::Client;
  const bj::value json = parsed_span(span);
  for (const char* key :
       {"parent_span_id", "status_message", "time_to_first_token_us", "provider", "model",
        "request_model", "response_model", "input", "output", "usage", "cost_nano_usd", "tool",
        "prompt", "exception", "session_id", "user_id"}) {
    EXPECT_TRUE(json.at(key).is_null()) << key;
  }
  for (const char* key :
       {"input_messages", "output_messages", "tool_definitions", "documents", "events", "links"}) {
    EXPECT_TRUE(json.at(key).is_array() && json.at(key).as_array().empty()) << key;
  }
  for (const char* key : {"parameters", "attributes", "resource"}) {
    EXPECT_TRUE(json.at(key).is_object() && json.at(key).as_object().empty()) << key;
  }
  EXPECT_EQ(json.at("kind"), "span");
  EXPECT_EQ(json.at("status"), "unset");
  EXPECT_EQ(json.at("cost_source"), "unknown");
}

TEST(Render, WhatIsNotJsonBecomesAString) {
  Span span = full_span();
  span.input.text = R"({"cut":"in the mid)";
  span.parameters.text = "[1]";
  span.attributes.text = "broken {";
  span.tool->arguments.text = "plain words";
  const bj::value json = parsed_span(span);
  EXPECT_EQ(json.at("input"), R"({"cut":"in the mid)");
  EXPECT_EQ(json.at("parameters"), bj::parse(R"({"value":[1]})"));
  EXPECT_EQ(json.at("attributes"), bj::parse(R"({"value":"broken {"})"));
  EXPECT_EQ(json.at("tool").at("arguments"), "plain words");
}

TEST(Render, ATraceHasExactlyTheDocumentedShape) {
  TraceSummary trace;
  trace.trace_id = testing::trace_id(5);
  trace.project = ProjectId("support");
  trace.name = "ticket";
  trace.status = Status::Ok;
  trace.complete = true;
  trace.start_us = 10;
  trace.duration_us = 20;
  trace.tags = {"beta"};
  trace.metadata.text = R"({"tier":"gold"})";
  trace.span_count = 2;
  trace.models = {"gpt-4o-mini"};
  trace.input_tokens = 1;
  trace.cached_input_tokens = 2;
  trace.output_tokens = 3;
  trace.reasoning_tokens = 4;
  trace.cost_nano_usd = 5;
  const std::vector<Score> scores{{"s1", "helpful", 0.5, "good", "", "human", "", 7}};
  const std::string members = R"(
    "trace_id":"b0000000000000000000000000000005","project":"support","name":"ticket",
    "status":"ok","complete":true,"start_us":10,"duration_us":20,"session_id":null,
    "user_id":null,"tags":["beta"],"metadata":{"tier":"gold"},"environment":null,"release":null,
    "span_count":2,"error_count":0,"models":["gpt-4o-mini"],"input_tokens":1,
    "cached_input_tokens":2,"output_tokens":3,"reasoning_tokens":4,"cost_nano_usd":5,
    "scores":[{"id":"s1","name":"helpful","value":0.5,"label":"good","comment":null,
               "source":"human","span_id":null,"created_us":7}])";
  std::string listed;
  json::Writer list_json(listed);
  write_summary(list_json, trace, scores);
  EXPECT_EQ(bj::parse(listed), bj::parse("{" + members + "}"));
  std::string whole;
  json::Writer whole_json(whole);
  write_trace(whole_json, trace, scores, R"({"span_id":"x"},{"span_id":"y"})", "next");
  EXPECT_EQ(bj::parse(whole), bj::parse("{" + members + R"(,
    "spans":[{"span_id":"x"},{"span_id":"y"}],"next_cursor":"next"})"));
}

TEST(GenAi, OurOwnSpansSpeakTheSemanticConventions) {
  Span span = full_span();
  span.origin = Origin::Tandem;
  span.tool.reset();
  const bj::value attributes = parsed_span(span).at("attributes");
  EXPECT_EQ(attributes, bj::parse(R"({
    "gen_ai.operation.name":"chat","gen_ai.provider.name":"openai",
    "gen_ai.request.model":"gpt-4o-mini","gen_ai.request.temperature":0.2,
    "gen_ai.request.max_tokens":100,"gen_ai.request.stop_sequences":["END"],
    "gen_ai.response.model":"gpt-4o-mini-2024-07-18","gen_ai.response.id":"chatcmpl-1",
    "gen_ai.response.finish_reasons":["tool_calls"],"gen_ai.response.time_to_first_chunk":0.12,
    "gen_ai.usage.input_tokens":100,"gen_ai.usage.output_tokens":50,
    "gen_ai.usage.cache_read.input_tokens":20,"gen_ai.usage.cache_creation.input_tokens":5,
    "gen_ai.usage.reasoning.output_tokens":10,"gen_ai.conversation.id":"session-1",
    "user.id":"user-1","error.type":"TimeoutError","custom":"yes","n":3})"));
}

TEST(GenAi, NamesFollowTheConventions) {
  Span span;
  span.kind = SpanKind::Embedding;
  span.request_model = "bge-small";
  EXPECT_EQ(conventional_name(span), "embeddings bge-small");
  span = Span();
  span.kind = SpanKind::Tool;
  span.tool = ToolUse{"find_order", "call_1", {}, {}};
  EXPECT_EQ(conventional_name(span), "execute_tool find_order");
  const bj::value attributes = parsed_span(span).at("attributes");
  EXPECT_EQ(attributes, bj::parse(R"({"gen_ai.operation.name":"execute_tool",
    "gen_ai.tool.name":"find_order","gen_ai.tool.call.id":"call_1"})"));
  span = Span();
  EXPECT_EQ(parsed_span(span).at("attributes"), bj::parse("{}"));
}

TEST(Types, NamesGoBothWays) {
  for (int i = 0; i <= static_cast<int>(SpanKind::Prompt); ++i) {
    const auto kind = static_cast<SpanKind>(i);
    EXPECT_EQ(find_span_kind(name_of(kind)), kind);
  }
  EXPECT_EQ(find_status("error"), Status::Error);
  EXPECT_FALSE(find_span_kind("LLM"));
  EXPECT_EQ(normal_finish_reason("tool_call"), "tool_calls");
  EXPECT_EQ(normal_finish_reason("max_tokens"), "length");
  EXPECT_EQ(normal_finish_reason("stop"), "stop");
}

}  // namespace
}  // namespace tandem::trace
