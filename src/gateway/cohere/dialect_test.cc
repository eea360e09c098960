// Bodies are those of Cohere's API reference (v2/chat), 2026-11.
#include "gateway/cohere/dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/openai/dialect.h"

namespace tandem::gateway::cohere {
namespace {

using messages::Event;
using messages::Finish;
using messages::Part;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

messages::Written written(std::string_view body) {
  const auto request = openai::dialect().read_request(body);
  EXPECT_TRUE(request) << request.error().message;
  auto out = dialect().write_request(*request, {.model = "command-a-03-2025"});
  EXPECT_TRUE(out) << out.error().message;
  return out ? *out : messages::Written{};
}

void expect_json(const std::string& got, std::string_view expected) {
  EXPECT_EQ(boost::json::parse(got), boost::json::parse(expected)) << got;
}

TEST(CohereRequest, AChatWithItsOptions) {
  const auto out = written(R"({"model":"chat","messages":[
    {"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
    "max_tokens":50,"temperature":0.5,"top_p":0.9,"stop":["END"],"seed":7,
    "frequency_penalty":0.5,"presence_penalty":-1,"logit_bias":{"1":2},"stream":true})");
  expect_json(out.body, R"({"model":"command-a-03-2025","messages":[
    {"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
    "max_tokens":50,"temperature":0.5,"p":0.9,"seed":7,"frequency_penalty":0.5,
    "stop_sequences":["END"],"stream":true})");
  EXPECT_THAT(out.dropped, ElementsAre("presence_penalty", "logit_bias"));
}

TEST(CohereRequest, ToolsWithTheirCallsAndResults) {
  const auto out = written(R"({"model":"chat","messages":[
    {"role":"user","content":[{"type":"text","text":"What is it?"},
      {"type":"image_url","image_url":{"url":"https://example.com/x.png","detail":"low"}}]},
    {"role":"assistant","content":null,"tool_calls":[
      {"id":"c1","type":"function","function":{"name":"w","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"sunny"}],
    "tools":[{"type":"function","function":{"name":"w","parameters":{"type":"object"}}}],
    "tool_choice":{"type":"function","function":{"name":"w"}},
    "response_format":{"type":"json_schema",
      "json_schema":{"name":"n","schema":{"type":"object"}}}})");
  expect_json(out.body, R"({"model":"command-a-03-2025","messages":[
    {"role":"user","content":[{"type":"text","text":"What is it?"},
      {"type":"image_url","image_url":{"url":"https://example.com/x.png","detail":"low"}}]},
    {"role":"assistant","tool_calls":[
      {"id":"c1","type":"function","function":{"name":"w","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"sunny"}],
    "tools":[{"type":"function","function":{"name":"w","parameters":{"type":"object"}}}],
    "tool_choice":"REQUIRED",
    "response_format":{"type":"json_object","json_schema":{"type":"object"}}})");
}

TEST(CohereRequest, WhatCannotBeSaidIsNamed) {
  const auto request = openai::dialect().read_request(
      R"({"model":"c","n":2,"messages":[{"role":"user","content":"Hi"}]})");
  const auto out = dialect().write_request(*request, {.model = "m"});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().param, "n");
}

TEST(CohereAnswer, WhatIsBilledIsTheUsage) {
  const auto answer = dialect().read_answer(R"({"id":"c14c80c3","finish_reason":"COMPLETE",
    "message":{"role":"assistant","content":[{"type":"text","text":"LLMs stand for…"}]},
    "usage":{"billed_units":{"input_tokens":5,"output_tokens":418},
      "tokens":{"input_tokens":71,"output_tokens":418},"cached_tokens":0}})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->id, "c14c80c3");
  EXPECT_EQ(answer->choices.at(0).parts.at(0).text, "LLMs stand for…");
  EXPECT_EQ(answer->choices[0].finish, Finish::Stop);
  EXPECT_EQ(answer->usage->input_tokens, 5);
  EXPECT_EQ(answer->usage->output_tokens, 418);
}

TEST(CohereAnswer, APlanIsThinkingBeforeTheCalls) {
  const auto answer = dialect().read_answer(R"({"finish_reason":"TOOL_CALL","message":{
    "role":"assistant","tool_plan":"I look.","tool_calls":[
      {"id":"c1","type":"function","function":{"name":"w","arguments":"{\"a\":1}"}}]}})");
  ASSERT_TRUE(answer);
  const auto& parts = answer->choices.at(0).parts;
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].kind, Part::Kind::Thinking);
  EXPECT_EQ(parts[1].arguments, "{\"a\":1}");
  EXPECT_EQ(answer->choices[0].finish, Finish::ToolUse);
  EXPECT_FALSE(answer->usage);
}

TEST(CohereAnswer, AnAnswerThatFailedIsAnError) {
  for (const char* body : {"", "{}", R"({"message":"bad model"})",
                           R"({"finish_reason":"ERROR","message":{"content":[]}})"}) {
    EXPECT_FALSE(dialect().read_answer(body)) << body;
  }
}

TEST(CohereStream, APlanACallAndTheEnd) {
  const auto reader = dialect().read_stream();
  std::vector<Event> events;
  for (const char* data : {
           R"({"id":"29f1","type":"message-start","delta":{"message":{"role":"assistant"}}})",
           R"({"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I look."}}})",
           R"({"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":
               {"id":"c1","type":"function","function":{"name":"w","arguments":""}}}}})",
           R"({"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":
               {"function":{"arguments":"{}"}}}}})",
           R"({"type":"tool-call-end","index":0})",
           R"({"type":"message-end","delta":{"finish_reason":"TOOL_CALL",
               "usage":{"billed_units":{"input_tokens":3,"output_tokens":4}}}})",
           "[DONE]",
       }) {
    const auto read = reader->read(data, events);
    ASSERT_TRUE(read) << read.error().message;
  }
  std::vector<Event::Kind> kinds;
  for (const Event& event : events) kinds.push_back(event.kind);
  using Kind = Event::Kind;
  EXPECT_THAT(kinds,
              ElementsAre(Kind::Start, Kind::PartBegin, Kind::Delta, Kind::PartEnd, Kind::PartBegin,
                          Kind::Delta, Kind::PartEnd, Kind::ChoiceEnd, Kind::Usage, Kind::Done));
  EXPECT_EQ(events[1].begun.kind, Part::Kind::Thinking);
  EXPECT_EQ(events[4].begun.id, "c1");
  EXPECT_EQ(events[8].usage->output_tokens, 4);
}

TEST(CohereStream, AnErrorAtTheEndIsOne) {
  std::vector<Event> events;
  const auto read = dialect().read_stream()->read(
      R"({"type":"message-end","delta":{"finish_reason":"ERROR","error":"It broke."}})", events);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("It broke."));
}

}  // namespace
}  // namespace tandem::gateway::cohere
