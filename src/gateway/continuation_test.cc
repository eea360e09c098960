// What a client reads of an answer that two targets have written, in its own dialect: put together
// by hand from what either has said.
#include "gateway/continuation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/anthropic/dialect.h"
#include "gateway/anthropic/stream_filter.h"
#include "gateway/openai/dialect.h"
#include "gateway/openai/stream_filter.h"
#include "gateway/translation.h"

namespace tandem::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

StreamOptions options() {
  StreamOptions options;
  options.endpoint = "chat";
  options.created_s = 1'700'000'000;
  return options;
}

std::string openai_chunk(const std::string& delta, const std::string& id = "chatcmpl-1") {
  return R"({"id":")" + id +
         R"(","object":"chat.completion.chunk","created":1700000001,"model":"m",)" +
         R"("choices":[{"index":0,"delta":)" + delta + R"(,"finish_reason":null}]})";
}

constexpr const char* kOpenAiEnd =
    R"({"id":"chatcmpl-2","object":"chat.completion.chunk","created":3,"model":"n",)"
    R"("choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";

std::vector<std::string> anthropic_text(const std::string& text, bool with_end) {
  std::vector<std::string> events = {
      R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",)"
      R"("model":"m","content":[],"stop_reason":null,"stop_sequence":null,)"
      R"("usage":{"input_tokens":9,"output_tokens":1}}})",
      R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" + text +
          R"("}})"};
  if (!with_end) return events;
  events.push_back(R"({"type":"content_block_stop","index":0})");
  events.push_back(
      R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},)"
      R"("usage":{"output_tokens":4}})");
  events.push_back(R"({"type":"message_stop"})");
  return events;
}

std::string feed(AnswerStream& stream, const std::vector<std::string>& events) {
  std::string out;
  for (const std::string& event : events) {
    const auto taken = stream.event(event, out);
    EXPECT_TRUE(taken) << taken.error().message;
  }
  return out;
}

size_t count(const std::string& text, std::string_view what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(ContinuationTest, AnOpenAiStreamGoesOnUnderItsIdWithoutASecondRole) {
  openai::StreamFilter first(options(), nullptr);
  feed(first, {openai_chunk(R"({"role":"assistant","content":""})"),
               openai_chunk(R"({"content":"Once upon"})")});
  auto rest = first.broken_off();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->said, "Once upon");
  TranslatedStream second(openai::dialect(), *rest, options(), nullptr);
  const std::string out =
      feed(second, {openai_chunk(R"({"role":"assistant","content":""})", "chatcmpl-2"),
                    openai_chunk(R"({"content":" a time"})", "chatcmpl-2"), kOpenAiEnd, "[DONE]"});
  EXPECT_EQ(count(out, R"("id":"chatcmpl-1")"), 2u) << out;
  EXPECT_THAT(out, Not(HasSubstr("chatcmpl-2")));
  EXPECT_THAT(out, Not(HasSubstr("role")));
  EXPECT_THAT(out, HasSubstr(R"("delta":{"content":" a time"})"));
  EXPECT_THAT(out, HasSubstr(R"("finish_reason":"stop")"));
  EXPECT_TRUE(second.done());
}

TEST(ContinuationTest, AnAnthropicBlockStaysOpenAcrossTargetsOfAnotherDialect) {
  anthropic::StreamFilter first(options(), nullptr);
  feed(first, anthropic_text("Once upon", false));
  auto rest = first.broken_off();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->said, "Once upon");
  TranslatedStream second(openai::dialect(), *rest, options(), nullptr);
  std::string out =
      feed(second, {openai_chunk(R"({"role":"assistant","content":" a time"})"), kOpenAiEnd});
  std::string none;
  ASSERT_TRUE(second.end(none));
  second.finish({}, std::nullopt, out);
  EXPECT_EQ(count(out, "event: content_block_start"), 0u) << out;
  EXPECT_EQ(count(out, "event: message_start"), 0u);
  EXPECT_EQ(count(out, R"("text":" a time")"), 1u);
  EXPECT_EQ(count(out, "event: content_block_stop"), 1u);
  EXPECT_EQ(count(out, "event: message_stop"), 1u);
  EXPECT_THAT(out, HasSubstr(R"("stop_reason":"end_turn")"));
}

TEST(ContinuationTest, AnOpenAiClientReadsTheRestFromAnthropic) {
  openai::StreamFilter first(options(), nullptr);
  feed(first, {openai_chunk(R"({"role":"assistant","content":"Once upon"})")});
  auto rest = first.broken_off();
  ASSERT_TRUE(rest);
  TranslatedStream second(anthropic::dialect(), *rest, options(), nullptr);
  const std::string out = feed(second, anthropic_text(" a time", true));
  EXPECT_EQ(count(out, "chatcmpl-1"), 2u) << out;
  EXPECT_THAT(out, HasSubstr(R"("delta":{"content":" a time"})"));
  EXPECT_THAT(out, Not(HasSubstr("role")));
}

TEST(ContinuationTest, ATargetThatBeginsOnceMoreIsCutShort) {
  const std::string said = "The router restarts at night, and its";
  openai::StreamFilter first(options(), nullptr);
  feed(first, {openai_chunk(R"({"role":"assistant","content":")" + said + R"("})")});
  auto rest = first.broken_off();
  ASSERT_TRUE(rest);
  TranslatedStream second(openai::dialect(), *rest, options(), nullptr);
  const std::string out =
      feed(second, {openai_chunk(R"({"content":"The router restarts"})"),
                    openai_chunk(R"({"content":" at night, and its log"})"), kOpenAiEnd, "[DONE]"});
  EXPECT_EQ(count(out, "router"), 0u) << out;
  EXPECT_THAT(out, HasSubstr(R"("content":" log")"));
}

// What the second has said is added to what the first has, for a third.
TEST(ContinuationTest, ItMayBreakAgain) {
  TranslatedStream first(anthropic::dialect(), openai::dialect(), options(), nullptr);
  feed(first, anthropic_text("Once ", false));
  auto rest = first.broken_off();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->said, "Once ");
  TranslatedStream second(openai::dialect(), *rest, options(), nullptr);
  feed(second, {openai_chunk(R"({"content":"upon "})")});
  auto again = second.broken_off();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->said, "upon ");
  EXPECT_EQ(again->part, std::optional<int64_t>(0));
  TranslatedStream third(anthropic::dialect(), *again, options(), nullptr);
  const std::string out = feed(third, anthropic_text("a time", true));
  EXPECT_THAT(out, HasSubstr(R"("content":"a time")"));
  EXPECT_EQ(count(out, "msg_1"), 2u) << out;  // the text and the end, under the first id
}

TEST(ContinuationTest, WhatCannotBeContinued) {
  openai::StreamFilter tool(options(), nullptr);
  const std::string call = R"({"tool_calls":[{"index":0,"id":"c","type":"function",)"
                           R"("function":{"name":"f","arguments":"{"}}]})";
  feed(tool, {openai_chunk(call)});
  EXPECT_FALSE(tool.broken_off());
  openai::StreamFilter ended(options(), nullptr);
  feed(ended, {openai_chunk(R"({"content":"x"})"), kOpenAiEnd});
  EXPECT_FALSE(ended.broken_off());
  StreamOptions small = options();
  small.keep_text_bytes = 4;
  openai::StreamFilter lost(small, nullptr);
  feed(lost, {openai_chunk(R"({"content":"more than is kept"})")});
  EXPECT_FALSE(lost.broken_off());
}

TEST(ContinuationTest, TheRequestNamesWhatWasSaidAndWhatIsLeftOfTheLimit) {
  messages::Request request;
  request.max_tokens = 100;
  ASSERT_TRUE(continue_request(request, "Once upon a time"));  // four words
  ASSERT_EQ(request.messages.size(), 2u);
  EXPECT_EQ(request.messages[0].role, messages::Role::Assistant);
  EXPECT_EQ(request.messages[0].parts[0].text, "Once upon a time");
  EXPECT_EQ(request.messages[1].role, messages::Role::User);
  EXPECT_LT(*request.max_tokens, 100);
  EXPECT_GE(*request.max_tokens, 90);
  messages::Request json;
  json.format.emplace().kind = messages::ResponseFormat::Kind::JsonSchema;
  EXPECT_FALSE(continue_request(json, "{"));
}

}  // namespace
}  // namespace tandem::gateway
