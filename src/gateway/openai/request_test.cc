#include "gateway/openai/request.h"

#include <gtest/gtest.h>

namespace tandem::gateway::openai {
namespace {

TEST(OpenAiRequest, KeepsUnknownFieldsByteForByte) {
  const std::string body =
      R"({ "future_field" : {"a":[1, 2.50,1e3]}, "model":"chat" ,)"
      R"("messages":[ {"role":"user","content":"hi there"} ],"x":"\u00e4" })";
  const auto call = read_request(CallKind::Chat, body);
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->endpoint, "chat");
  EXPECT_EQ(
      write_request(*call, "gpt-4o-mini", true),
      R"({ "future_field" : {"a":[1, 2.50,1e3]}, "model":"gpt-4o-mini" ,)"
      R"("messages":[ {"role":"user","content":"hi there"} ],"x":"\u00e4" })");
}

TEST(OpenAiRequest, AsksForUsageInStreams) {
  const auto forwarded = [](std::string body) {
    const auto call = read_request(CallKind::Chat, std::move(body));
    return call ? write_request(*call, "m", true) : call.error().message;
  };
  const std::string messages = R"("messages":[{"role":"user","content":"hello you"}])";
  EXPECT_EQ(
      forwarded(R"({"model":"c","stream":true,)" + messages + "}"),
      R"({"model":"m","stream":true,)" + messages + R"(,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(
      forwarded(R"({"model":"c","stream":true,"stream_options":{},)" + messages + "}"),
      R"({"model":"m","stream":true,"stream_options":{"include_usage":true},)" + messages + "}");
  EXPECT_EQ(forwarded(R"({"model":"c","stream":true,"stream_options":{"a":1},)" + messages + "}"),
            R"({"model":"m","stream":true,"stream_options":{"include_usage":true,"a":1},)" +
                messages + "}");
  EXPECT_EQ(
      forwarded(R"({"model":"c","stream":true,"stream_options":{"include_usage":false},)" +
                messages + "}"),
      R"({"model":"m","stream":true,"stream_options":{"include_usage":true},)" + messages + "}");
  EXPECT_EQ(forwarded(R"({"model":"c","stream":false,)" + messages + "}"),
            R"({"model":"m","stream":false,)" + messages + "}");
}

TEST(OpenAiRequest, ReadsWhatAdmissionNeeds) {
  const auto call =
      read_request(CallKind::Chat,
                   R"({"model":"c","max_tokens":5,"max_completion_tokens":7,"n":2,"stream":true,
          "stream_options":{"include_usage":true},
          "messages":[{"content":"be kind to all","role":"system"},
                      {"role":"user","content":[{"type":"text","text":"what is this?"},
                       {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]})");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->max_output_tokens, 7);
  EXPECT_EQ(call->choices, 2);
  EXPECT_TRUE(call->wants_usage);
  ASSERT_EQ(call->texts.size(), 3u);
  EXPECT_EQ(call->texts[0].role, "system");
  EXPECT_EQ(call->texts[1].text, "what is this?");
  EXPECT_EQ(call->texts[1].role, "user");
}

TEST(OpenAiRequest, NamesTheFieldAtFault) {
  const auto param = [](CallKind kind, std::string body) {
    const auto call = read_request(kind, std::move(body));
    return call ? std::string("fine") : call.error().param;
  };
  EXPECT_EQ(param(CallKind::Chat, R"({"messages":[{"role":"user","content":"x"}]})"), "model");
  EXPECT_EQ(param(CallKind::Chat, R"({"model":7,"messages":[{}]})"), "model");
  EXPECT_EQ(param(CallKind::Chat, R"({"model":"c"})"), "messages");
  EXPECT_EQ(param(CallKind::Chat, R"({"model":"c","messages":[]})"), "messages");
  EXPECT_EQ(param(CallKind::Chat, R"({"model":"c","messages":"hi"})"), "messages");
  EXPECT_EQ(param(CallKind::Chat, R"({"model":"c","messages":["hi"]})"), "messages[0]");
  EXPECT_EQ(param(CallKind::Chat, R"({"model":"c","stream":1,"messages":[{}]})"), "stream");
  EXPECT_EQ(param(CallKind::Chat, R"({"model":"c","max_tokens":-1,"messages":[{}]})"),
            "max_tokens");
  EXPECT_EQ(param(CallKind::Chat, R"({"model":"c","n":0,"messages":[{}]})"), "n");
  EXPECT_EQ(param(CallKind::Embedding, R"({"model":"c"})"), "input");
  EXPECT_EQ(param(CallKind::Embedding, R"({"model":"c","input":{"a":1}})"), "input");
  EXPECT_EQ(param(CallKind::Completion, R"({"model":"c"})"), "prompt");
}

}  // namespace
}  // namespace tandem::gateway::openai
