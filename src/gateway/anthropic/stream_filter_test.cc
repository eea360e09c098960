#include "gateway/anthropic/stream_filter.h"

#include <gtest/gtest.h>

namespace tandem::gateway::anthropic {
namespace {

// Holds back everything that begins with '@' until the channel ends, and blocks on '!'.
struct TestGate final : OutputGate {
  std::string feed(const Channel& channel, std::string_view text) override {
    if (text.find('!') != std::string_view::npos) blocked_error = Error(Code::GuardBlocked, "no");
    std::string all = held[channel] + std::string(text);
    const size_t at = std::min(all.find('@'), all.size());
    held[channel] = all.substr(at);
    return all.substr(0, at);
  }
  std::string flush(const Channel& channel) override {
    std::string rest = std::move(held[channel]);
    held.erase(channel);
    return rest.empty() ? rest : "[" + rest + "]";
  }
  std::optional<std::string> whole(std::string_view text) override {
    if (text.find('@') == std::string_view::npos) return std::nullopt;
    return "[gone]";
  }
  const std::optional<Error>& blocked() const override { return blocked_error; }
  std::map<Channel, std::string> held;
  std::optional<Error> blocked_error;
};

const std::string kStart =
    R"({"type":"message_start","message":{"id":"msg_1","type":"message", "role":"assistant",)"
    R"("model":"claude-up","content":[],"stop_reason":null,"usage":{"input_tokens":4,)"
    R"("cache_creation_input_tokens":100,"cache_read_input_tokens":2000,"cache_creation":{)"
    R"("ephemeral_5m_input_tokens":40,"ephemeral_1h_input_tokens":60},"output_tokens":1}}})";
const std::string kText =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})";
const std::string kEnd =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},)"
    R"("usage":{"output_tokens":15 }})";
const std::string kStop = R"({ "type":"message_stop"})";
const std::string kBlockStop = R"({"type":"content_block_stop","index":0})";

std::string piece(const std::string& text, const std::string& index = "0") {
  return R"({"type":"content_block_delta","index":)" + index +
         R"(,"delta":{"type":"text_delta","text":")" + text + R"("}})";
}
std::string sent(const std::string& type, const std::string& data) {
  return "event: " + type + "\ndata: " + data + "\n\n";
}

std::string run(StreamFilter& filter, const std::vector<std::string>& events) {
  std::string out;
  for (const std::string& data : events) {
    const auto passed = filter.event(data, out);
    EXPECT_TRUE(passed) << passed.error().message << "\n" << data;
  }
  return out;
}

TEST(AnthropicStreamFilter, RenamesTheModelAndKeepsTheRest) {
  StreamFilter filter({"chat"}, nullptr);
  std::string renamed = kStart;
  renamed.replace(renamed.find("claude-up"), 9, "chat");
  const std::string later = R"({"type":"a_later_event", "x":[1.50]})";
  EXPECT_EQ(run(filter, {kStart, R"({"type": "ping"})", later, kText, piece("a"), piece("b"),
                         piece("\\u0041"), kBlockStop}),
            sent("message_start", renamed) + sent("ping", R"({"type": "ping"})") +
                sent("a_later_event", later) + sent("content_block_start", kText) +
                sent("content_block_delta", piece("a")) + sent("content_block_delta", piece("b")) +
                sent("content_block_delta", piece("\\u0041")) +
                sent("content_block_stop", kBlockStop));
  EXPECT_EQ(filter.provider_model(), "claude-up");
  EXPECT_EQ(filter.text().begin()->second, "abA");
  EXPECT_FALSE(filter.complete());
  EXPECT_FALSE(filter.done());
}

TEST(AnthropicStreamFilter, TheEndWaitsForTheSettlement) {
  StreamFilter filter({"chat", true, true}, nullptr);
  std::string out = run(filter, {kStart, kText, piece("a"), kBlockStop});
  EXPECT_FALSE(filter.usage());  // what came so far is no count of what was made
  EXPECT_EQ(run(filter, {kEnd}), "");
  EXPECT_TRUE(filter.complete());
  EXPECT_FALSE(filter.done());
  EXPECT_EQ(run(filter, {kStop, "nonsense that is not part of it"}), "");
  EXPECT_TRUE(filter.done());
  EXPECT_EQ(filter.ends().at(0), "end_turn");
  // 4 + 100 written + 2000 read.
  EXPECT_EQ(filter.usage()->input_tokens, 2104);
  EXPECT_EQ(filter.usage()->cached_input_tokens, 2000);
  EXPECT_EQ(filter.usage()->cache_write_input_tokens, 100);
  EXPECT_EQ(filter.usage()->cache_write_1h_input_tokens, 60);
  EXPECT_EQ(filter.usage()->output_tokens, 15);
  out.clear();
  filter.finish(*filter.usage(), 42, out);
  EXPECT_EQ(out,
            sent("message_delta",
                 R"({"type":"message_delta","delta":{"stop_reason":"end_turn",)"
                 R"("stop_sequence":null},"usage":{"output_tokens":15 ,"cost_nano_usd":42}})") +
                sent("message_stop", kStop));
}

TEST(AnthropicStreamFilter, ACostThatNobodyAskedForIsNotSaid) {
  StreamFilter filter({"chat"}, nullptr);
  run(filter, {kStart, kEnd});
  std::string out;
  ASSERT_TRUE(filter.end(out));
  filter.finish(*filter.usage(), 42, out);
  EXPECT_EQ(out, sent("message_delta", kEnd) + sent("message_stop", R"({"type":"message_stop"})"));
}

TEST(AnthropicStreamFilter, HeldTextLeavesBeforeItsBlockEnds) {
  TestGate gate;
  StreamFilter filter({"chat"}, &gate);
  run(filter, {kStart, kText});
  EXPECT_EQ(run(filter, {piece("see @se"), piece("cret"), kBlockStop}),
            sent("content_block_delta", piece("see ")) + sent("content_block_delta", piece("")) +
                sent("content_block_delta", piece("[@secret]")) +
                sent("content_block_stop", kBlockStop));
  EXPECT_EQ(filter.text().begin()->second, "see [@secret]");
}

TEST(AnthropicStreamFilter, ThinkingAndArgumentsAreChannelsOfTheirBlocks) {
  TestGate gate;
  StreamFilter filter({"chat"}, &gate);
  const std::string start = R"({"type":"content_block_start","index":)";
  const std::string delta = R"({"type":"content_block_delta","index":)";
  const auto out = run(
      filter, {kStart, start + R"(0,"content_block":{"type":"thinking","thinking":""}})",
               delta + R"(0,"delta":{"type":"thinking_delta","thinking":"@a"}})",
               delta + R"(0,"delta":{"type":"signature_delta","signature":"@s"}})", kBlockStop,
               start + R"(1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
               delta + R"(1,"delta":{"type":"input_json_delta","partial_json":"{\"@b"}})", kEnd});
  EXPECT_NE(out.find(R"("delta":{"type":"thinking_delta","thinking":"[@a]"}})"), std::string::npos);
  EXPECT_NE(out.find(R"("signature":"@s")"), std::string::npos);
  EXPECT_NE(out.find(R"("index":1,"delta":{"type":"input_json_delta","partial_json":"[@b]"}})"),
            std::string::npos)
      << out;
  const auto& texts = filter.text();
  EXPECT_EQ(texts.at({0, Channel::Field::Reasoning, 0}), "[@a]");
  EXPECT_EQ(texts.at({0, Channel::Field::Arguments, 1}), "{\"[@b]");
}

TEST(AnthropicStreamFilter, WhatAToolOfTheProviderFoundPassesTheGuard) {
  TestGate gate;
  StreamFilter filter({"chat"}, &gate);
  const auto out = run(
      filter,
      {kStart,
       R"({"type":"content_block_start","index":0,)"
       R"("content_block":{"type":"web_search_tool_result",)"
       R"("tool_use_id":"@id","content":[{"type":"web_search_result","title":"a @key",)"
       R"("encrypted_content":"@e"}]}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{)"
       R"("cited_text":"@c","encrypted_index":"@i"}}})"});
  EXPECT_NE(out.find(R"("title":"[gone]","encrypted_content":"@e")"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("cited_text":"[gone]","encrypted_index":"@i")"), std::string::npos);
  EXPECT_NE(out.find(R"("tool_use_id":"@id")"), std::string::npos);
}

TEST(AnthropicStreamFilter, StopsAtWhatAGuardBlocks) {
  TestGate gate;
  StreamFilter filter({"chat"}, &gate);
  run(filter, {kStart, kText, piece("a")});
  std::string out;
  const auto stopped = filter.event(piece("bad!"), out);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::GuardBlocked);
  EXPECT_EQ(out, "");
}

TEST(AnthropicStreamFilter, NeverForwardsAMalformedEvent) {
  for (const std::string& bad :
       {std::string("{\"type\":"), std::string("not json"), std::string("[]"), std::string("{}"),
        std::string(R"({"type":"a\nb"})"), std::string(R"({"type":7})"), piece("x", "3"),
        std::string(R"({"type":"content_block_stop","index":3})"), kText,
        std::string(R"({"type":"error","error":{"type":"overloaded_error","message":"Busy"}})"),
        piece("\xFF"), piece("a\x01")}) {
    StreamFilter filter({"chat"}, nullptr);
    run(filter, {kStart, kText, piece("a")});
    std::string out;
    const auto stopped = filter.event(bad, out);
    ASSERT_FALSE(stopped) << bad;
    EXPECT_EQ(stopped.error().code, Code::UpstreamError);
    EXPECT_EQ(out, "");
  }
}

TEST(AnthropicStreamFilter, APieceOfABlockThatEndedDoesNotFit) {
  StreamFilter filter({"chat"}, nullptr);
  run(filter, {kStart, kText, piece("a"), piece("b"), kBlockStop});
  std::string out;
  EXPECT_FALSE(filter.event(piece("c"), out));
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace tandem::gateway::anthropic
