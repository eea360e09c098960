#include "gateway/anthropic/request.h"

#include <gtest/gtest.h>

namespace tandem::gateway::anthropic {
namespace {

using Texts = std::vector<std::string>;

// "role|text" of each that is said; of all others the text behind "|".
Texts texts(std::string body, bool with_others = false) {
  const auto call = read_request(std::move(body));
  EXPECT_TRUE(call) << call.error().message;
  Texts out;
  if (!call) return out;
  for (const TextSegment& segment : call->texts) {
    EXPECT_EQ(call->body.at(segment.token.begin), '"');
    if (segment.role.empty() && !with_others) continue;
    out.push_back(segment.role + "|" + segment.text);
  }
  return out;
}

TEST(AnthropicRequest, KeepsUnknownFieldsByteForByte) {
  const std::string body = R"({ "future" : {"a":[1, 2.50,1e3]}, "model":"chat" ,"max_tokens":5,)"
                           R"("messages":[ {"role":"user","content":"hi \u00e4"} ] })";
  const auto call = read_request(body);
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->endpoint, "chat");
  std::string expected = body;
  expected.replace(expected.find("chat"), 4, "claude-opus-4-8");
  EXPECT_EQ(write_request(*call, "claude-opus-4-8"), expected);
}

TEST(AnthropicRequest, ReadsWhatAdmissionNeeds) {
  const auto call = read_request(
      R"({"model":"c","max_tokens":7,"stream":true,"metadata":{"user_id":"u-1"},
          "messages":[{"role":"user","content":"x"}]})");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->kind, CallKind::Chat);
  EXPECT_EQ(call->max_output_tokens, 7);
  EXPECT_EQ(call->choices, 1);
  EXPECT_TRUE(call->stream);
  EXPECT_TRUE(call->wants_usage);
  EXPECT_EQ(call->session_id, "u-1");
}

TEST(AnthropicRequest, EveryTextThatIsSaidIsATextOfTheCall) {
  EXPECT_EQ(texts(R"({"model":"c","system":"Sys","messages":[{"content":"Hi","role":"user"},
      {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"c2lnbmF0"},
        {"type":"redacted_thinking","data":"c2VjcmV0c2VjcmV0"},{"type":"text","text":"I"},
        {"type":"tool_use","id":"toolu_123456","name":"f",
         "input":{"a":"in","source":{"type":"base64","data":"AKIAQ3TANDEMPROBE7XZ"}}}]},
      {"role":"user","content":[
        {"tool_use_id":"toolu_123456","content":"plain","type":"tool_result"},
        {"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"block"},
          {"type":"image","source":{"data":"AAAAAAAAAAAA","type":"base64"}}]},
        {"type":"document","title":"T","context":"C","source":{"data":"Words","type":"text"}},
        {"type":"document","source":{"type":"base64","data":"JVBERi0xLjQK"}},
        {"type":"document","source":{"type":"content","content":[{"type":"text","text":"Part"},
          {"type":"image","source":{"type":"base64","data":"AAAAAAAAAAAA"}}]}},
        {"type":"text","text":"ok?"}]}]})"),
            (Texts{"system|Sys", "user|Hi", "assistant|Hm", "assistant|I", "assistant|in",
                   "assistant|base64", "assistant|AKIAQ3TANDEMPROBE7XZ", "tool|plain", "tool|block",
                   "user|T", "user|C", "user|Words", "user|Part", "user|ok?"}));
  EXPECT_EQ(texts(R"({"model":"c","system":[{"type":"text","text":"A"}],"messages":[
      {"role":"user","content":[{"type":"search_result","source":"https://a.example","title":"S",
        "content":[{"type":"text","text":"B"}]}]},{"role":"assistant","content":[
      {"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result",
        "title":"R","encrypted_content":"RW5jcnlwdGVk"}]}]}]})"),
            (Texts{"system|A", "user|S", "user|B", "assistant|R"}));
}

TEST(AnthropicRequest, WhatMayHoldASecretElsewhereIsLookedAtToo) {
  EXPECT_EQ(texts(R"({"model":"c","messages":[{"role":"user","content":"x"}],"tools":[{"name":"f",
      "description":"uses AKIAQ3TANDEMPROBE7XZ"}],
      "mcp_servers":[{"authorization_token":"12345678"}],
      "signature":"a long one"})",
                  true),
            (Texts{"user|x", "|uses AKIAQ3TANDEMPROBE7XZ", "|12345678", "|a long one"}));
}

TEST(AnthropicRequest, ARedactionIsSentOn) {
  auto call = read_request(R"({"model":"c","messages":[{"role":"user","content":"secret"}]})");
  ASSERT_TRUE(call);
  ASSERT_EQ(call->texts.size(), 1u);
  call->redactions.replace(call->texts[0].token, "\"[gone]\"");
  EXPECT_EQ(write_request(*call, "m"),
            R"({"model":"m","messages":[{"role":"user","content":"[gone]"}]})");
}

TEST(AnthropicRequest, NamesTheFieldAtFault) {
  const auto param = [](std::string body) {
    const auto call = read_request(std::move(body));
    return call ? std::string("fine") : call.error().param;
  };
  EXPECT_EQ(param(R"({"messages":[{"role":"user","content":"x"}]})"), "model");
  EXPECT_EQ(param(R"({"model":7,"messages":[{}]})"), "model");
  EXPECT_EQ(param(R"({"model":{},"messages":[{}]})"), "model");
  EXPECT_EQ(param(R"({"model":"c"})"), "messages");
  EXPECT_EQ(param(R"({"model":"c","messages":[]})"), "messages");
  EXPECT_EQ(param(R"({"model":"c","messages":"hi"})"), "messages");
  EXPECT_EQ(param(R"({"model":"c","messages":{}})"), "messages");
  EXPECT_EQ(param(R"({"model":"c","messages":["hi"]})"), "messages[0]");
  EXPECT_EQ(param(R"({"model":"c","messages":[[]]})"), "messages[0]");
  EXPECT_EQ(param(R"({"model":"c","stream":1,"messages":[{}]})"), "stream");
  EXPECT_EQ(param(R"({"model":"c","max_tokens":-1,"messages":[{}]})"), "max_tokens");
  EXPECT_EQ(param(R"({"model":"c","messages":[{}]})"), "fine");
}

}  // namespace
}  // namespace tandem::gateway::anthropic
