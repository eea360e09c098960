// Bodies are those of the Bedrock Runtime API reference (Converse, ConverseStream), 2026-11.
#include "gateway/bedrock/dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"
#include "gateway/openai/dialect.h"

namespace tandem::gateway::bedrock {
namespace {

using messages::Event;
using messages::Finish;
using messages::Part;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

messages::Written written(const messages::Dialect& from, std::string_view body,
                          const std::string& model = "amazon.nova-lite-v1:0") {
  const auto request = from.read_request(body);
  EXPECT_TRUE(request) << request.error().message;
  auto out = dialect().write_request(*request, {.model = model});
  EXPECT_TRUE(out) << out.error().message;
  return out ? *out : messages::Written{};
}

void expect_json(const std::string& got, std::string_view expected) {
  EXPECT_EQ(boost::json::parse(got), boost::json::parse(expected)) << got;
}

TEST(BedrockRequest, AChatOfOpenAi) {
  const auto out = written(openai::dialect(), R"({"model":"chat","messages":[
    {"role":"system","content":"Be brief."},
    {"role":"user","content":[{"type":"text","text":"What is it?"},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]},
    {"role":"assistant","content":"A cat."},
    {"role":"user","content":"Sure?"}],
    "max_tokens":50,"temperature":0.5,"top_p":0.9,"stop":["END"],"seed":7})");
  expect_json(out.body, R"({"system":[{"text":"Be brief."}],"messages":[
    {"role":"user","content":[{"text":"What is it?"},
      {"image":{"format":"png","source":{"bytes":"aGk="}}}]},
    {"role":"assistant","content":[{"text":"A cat."}]},
    {"role":"user","content":[{"text":"Sure?"}]}],
    "inferenceConfig":{"maxTokens":50,"temperature":0.5,"topP":0.9,"stopSequences":["END"]}})");
  EXPECT_THAT(out.dropped, ElementsAre("seed"));
}

TEST(BedrockRequest, ToolsWithTheirCallsAndResults) {
  const auto out = written(openai::dialect(), R"({"model":"chat","messages":[
    {"role":"user","content":"Weather?"},
    {"role":"assistant","content":null,"tool_calls":[
      {"id":"call_1","type":"function","function":{"name":"w","arguments":"{\"city\":\"Lyon\"}"}},
      {"id":"call_2","type":"function","function":{"name":"w","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"call_1","content":"sunny"},
    {"role":"tool","tool_call_id":"call_2","content":"rain"},
    {"role":"user","content":"And?"}],
    "tools":[{"type":"function","function":{"name":"w","description":"d",
      "parameters":{"type":"object","properties":{}}}}],
    "tool_choice":"required"})");
  expect_json(out.body, R"({"messages":[
    {"role":"user","content":[{"text":"Weather?"}]},
    {"role":"assistant","content":[
      {"toolUse":{"toolUseId":"call_1","name":"w","input":{"city":"Lyon"}}},
      {"toolUse":{"toolUseId":"call_2","name":"w","input":{}}}]},
    {"role":"user","content":[
      {"toolResult":{"toolUseId":"call_1","content":[{"text":"sunny"}]}},
      {"toolResult":{"toolUseId":"call_2","content":[{"text":"rain"}]}},
      {"text":"And?"}]}],
    "toolConfig":{"tools":[{"toolSpec":{"name":"w","description":"d",
      "inputSchema":{"json":{"type":"object","properties":{}}}}}],
      "toolChoice":{"any":{}}}})");
}

TEST(BedrockRequest, AnthropicsCacheControlBecomesACachePoint) {
  const auto out = written(anthropic::dialect(), R"({"model":"chat","max_tokens":9,
    "system":[{"type":"text","text":"Long.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
    "messages":[{"role":"user","content":[
      {"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]})");
  expect_json(out.body,
              R"({"system":[{"text":"Long."},
    {"cachePoint":{"type":"default","ttl":"1h"}}],
    "messages":[{"role":"user","content":[{"text":"Hi"},{"cachePoint":{"type":"default"}}]}],
    "inferenceConfig":{"maxTokens":9}})");
}

TEST(BedrockRequest, ThinkingOfClaudeGoesIntoItsOwnFields) {
  const std::string body = R"({"model":"chat","max_tokens":4000,"temperature":0.3,
    "thinking":{"type":"enabled","budget_tokens":2000},
    "messages":[{"role":"user","content":"Hi"},
      {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},
        {"type":"text","text":"Hello"}]},
      {"role":"user","content":"Go on"}]})";
  const auto claude =
      written(anthropic::dialect(), body, "eu.anthropic.claude-sonnet-4-5-20250929-v1:0");
  expect_json(claude.body, R"({"messages":[{"role":"user","content":[{"text":"Hi"}]},
      {"role":"assistant","content":[
        {"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"c2ln"}}},
        {"text":"Hello"}]},
      {"role":"user","content":[{"text":"Go on"}]}],
    "inferenceConfig":{"maxTokens":4000},
    "additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":2000}}})");
  EXPECT_THAT(claude.dropped, ElementsAre("temperature"));
  EXPECT_THAT(written(anthropic::dialect(), body).dropped, ElementsAre("reasoning"));
}

TEST(BedrockRequest, ASchemaForTheOutput) {
  const auto out = written(openai::dialect(), R"({"model":"chat",
    "messages":[{"role":"user","content":"Hi"}],
    "response_format":{"type":"json_schema",
      "json_schema":{"name":"n","schema":{"type":"object"}}}})");
  expect_json(out.body, R"({"messages":[{"role":"user","content":[{"text":"Hi"}]}],
    "outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":
      {"schema":"{\"type\":\"object\"}","name":"n"}}}}})");
}

TEST(BedrockRequest, WhatCannotBeSaidIsNamed) {
  const auto refused = [](std::string_view body) {
    const auto request = openai::dialect().read_request(body);
    EXPECT_TRUE(request);
    const auto out = dialect().write_request(*request, {.model = "m"});
    EXPECT_FALSE(out);
    return out ? std::string() : out.error().param;
  };
  EXPECT_EQ(refused(R"({"model":"c","n":2,"messages":[{"role":"user","content":"Hi"}]})"), "n");
  EXPECT_EQ(refused(R"({"model":"c","messages":[{"role":"user","content":[{"type":"image_url",
      "image_url":{"url":"https://example.com/x.png"}}]}]})"),
            "messages[0].content[0]");
  EXPECT_EQ(refused(R"({"model":"c","messages":[{"role":"system","content":"x"}]})"), "messages");
}

TEST(BedrockAnswer, TextToolsThinkingAndUsage) {
  const auto answer = dialect().read_answer(R"({"metrics":{"latencyMs":551},
    "output":{"message":{"role":"assistant","content":[
      {"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"c2ln"}}},
      {"text":"I look."},
      {"toolUse":{"toolUseId":"t1","name":"w","input":{"city":"Lyon"}}}]}},
    "stopReason":"tool_use",
    "usage":{"inputTokens":30,"outputTokens":628,"totalTokens":758,
      "cacheReadInputTokens":80,"cacheWriteInputTokens":20,
      "cacheDetails":[{"ttl":"1h","inputTokens":15},{"ttl":"5m","inputTokens":5}]}})");
  ASSERT_TRUE(answer) << answer.error().message;
  const auto& parts = answer->choices.at(0).parts;
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].kind, Part::Kind::Thinking);
  EXPECT_EQ(parts[0].signature, "c2ln");
  EXPECT_EQ(parts[1].text, "I look.");
  EXPECT_EQ(parts[2].arguments, R"({"city":"Lyon"})");
  EXPECT_EQ(answer->choices[0].finish, Finish::ToolUse);
  // The whole input holds what was read from the cache and written to it.
  EXPECT_EQ(answer->usage->input_tokens, 130);
  EXPECT_EQ(answer->usage->cached_input_tokens, 80);
  EXPECT_EQ(answer->usage->cache_write_input_tokens, 20);
  EXPECT_EQ(answer->usage->cache_write_1h_input_tokens, 15);
  EXPECT_EQ(answer->usage->output_tokens, 628);
}

TEST(BedrockAnswer, StopReasons) {
  const auto finish = [](const std::string& reason) {
    return dialect()
        .read_answer(R"({"output":{"message":{"content":[]}},"stopReason":")" + reason + "\"}")
        ->choices[0]
        .finish;
  };
  EXPECT_EQ(finish("end_turn"), Finish::Stop);
  EXPECT_EQ(finish("stop_sequence"), Finish::StopSequence);
  EXPECT_EQ(finish("max_tokens"), Finish::Length);
  EXPECT_EQ(finish("model_context_window_exceeded"), Finish::Length);
  EXPECT_EQ(finish("guardrail_intervened"), Finish::ContentFilter);
  EXPECT_EQ(finish("content_filtered"), Finish::ContentFilter);
}

TEST(BedrockAnswer, WhatIsNoAnswerIsAnError) {
  for (const char* body : {"", "[]", "{}", R"({"message":"no"})", R"({"output":{"message":7}})"}) {
    EXPECT_FALSE(dialect().read_answer(body)) << body;
  }
}

std::vector<Event> events_of(std::initializer_list<const char*> stream) {
  const auto reader = dialect().read_stream();
  std::vector<Event> events;
  for (const char* data : stream) {
    const auto read = reader->read(data, events);
    EXPECT_TRUE(read) << read.error().message;
  }
  return events;
}

TEST(BedrockStream, TextThenAToolThenUsage) {
  const auto events = events_of({
      R"({"messageStart":{"role":"assistant"}})",
      R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hi"},"p":"abc"}})",
      R"({"contentBlockStop":{"contentBlockIndex":0}})",
      R"({"contentBlockStart":{"contentBlockIndex":1,
          "start":{"toolUse":{"toolUseId":"t","name":"w"}}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}}})",
      R"({"contentBlockStop":{"contentBlockIndex":1}})",
      R"({"messageStop":{"stopReason":"tool_use"}})",
      R"({"metadata":{"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7}}})",
  });
  std::vector<Event::Kind> kinds;
  for (const Event& event : events) kinds.push_back(event.kind);
  using Kind = Event::Kind;
  EXPECT_THAT(kinds,
              ElementsAre(Kind::Start, Kind::PartBegin, Kind::Delta, Kind::PartEnd, Kind::PartBegin,
                          Kind::Delta, Kind::PartEnd, Kind::ChoiceEnd, Kind::Usage, Kind::Done));
  EXPECT_EQ(events[4].begun.name, "w");
  EXPECT_EQ(events[7].finish, Finish::ToolUse);
  EXPECT_EQ(events[8].usage->input_tokens, 3);
}

TEST(BedrockStream, ThinkingWithItsSignature) {
  const auto events = events_of({
      R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":0,
          "delta":{"reasoningContent":{"signature":"s"}}}})",
  });
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].begun.kind, Part::Kind::Thinking);
  EXPECT_EQ(events[1].text, "Hm");
  EXPECT_EQ(events[2].kind, Event::Kind::Signature);
}

TEST(BedrockStream, ExceptionsAreErrorsWithTheirNames) {
  std::vector<Event> events;
  const auto throttled = dialect().read_stream()->read(
      R"({"throttlingException":{"message":"Too many tokens."}})", events);
  ASSERT_FALSE(throttled);
  EXPECT_EQ(throttled.error().code, Code::RateLimited);
  EXPECT_EQ(throttled.error().upstream_code, "throttlingException");
  EXPECT_THAT(throttled.error().message, HasSubstr("Too many tokens."));
  const auto broke = dialect().read_stream()->read(
      R"({"modelStreamErrorException":{"originalMessage":"It broke."}})", events);
  ASSERT_FALSE(broke);
  EXPECT_EQ(broke.error().code, Code::UpstreamError);
}

TEST(BedrockStream, NonsenseIsAnError) {
  std::vector<Event> events;
  for (const char* data : {"", "{}", "[]", "7", R"({"messageStart":7})",
                           R"({"contentBlockDelta":{"delta":{"text":"x"}}})",
                           R"({"contentBlockDelta":{"contentBlockIndex":0,
                              "delta":{"toolUse":{"input":"{}"}}}})"}) {
    EXPECT_FALSE(dialect().read_stream()->read(data, events)) << data;
  }
}

}  // namespace
}  // namespace tandem::gateway::bedrock
