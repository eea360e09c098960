#include "gateway/openai/stream_filter.h"

#include <gtest/gtest.h>

namespace tandem::gateway::openai {
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
  std::optional<std::string> whole(std::string_view) override { return std::nullopt; }
  const std::optional<Error>& blocked() const override { return blocked_error; }
  std::map<Channel, std::string> held;
  std::optional<Error> blocked_error;
};

std::string chunk(const std::string& content, const std::string& finish = "null") {
  return R"({"id":"1","object":"chat.completion.chunk","created":9,"model":"up","choices":)"
         R"([{"index":0,"delta":{"content":")" +
         content + R"("},"finish_reason":)" + finish + "}]}";
}

TEST(StreamFilter, RenamesTheModelAndKeepsTheRest) {
  StreamFilter filter({"chat", false, false}, nullptr);
  std::string out;
  ASSERT_TRUE(filter.event(
      R"({ "x" :[1.50], "model":"up" ,"choices":[{"index":0,"delta":{"content":"Hi"}}]})", out));
  EXPECT_EQ(out,
            "data: { \"x\" :[1.50], \"model\":\"chat\" "
            ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n");
  EXPECT_FALSE(filter.complete());
  ASSERT_TRUE(filter.event(chunk("", "\"stop\""), out));
  EXPECT_TRUE(filter.complete());
  EXPECT_EQ(filter.text().begin()->second, "Hi");
}

TEST(StreamFilter, HoldsTheUsageChunkUntilTheCostIsKnown) {
  StreamFilter filter({"chat", true, true}, nullptr);
  std::string out;
  ASSERT_TRUE(filter.event(chunk("Hi"), out));
  out.clear();
  ASSERT_TRUE(filter.event(
      R"({"id":"1","model":"up","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,)"
      R"("prompt_tokens_details":{"cached_tokens":1}}})",
      out));
  EXPECT_EQ(out, "");
  ASSERT_TRUE(filter.usage());
  EXPECT_EQ(filter.usage()->input_tokens, 3);
  EXPECT_EQ(filter.usage()->cached_input_tokens, 1);
  filter.finish(*filter.usage(), 42, out);
  EXPECT_EQ(out,
            "data: {\"id\":\"1\",\"model\":\"chat\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,"
            "\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":1},"
            "\"cost_nano_usd\":42}}\n\ndata: [DONE]\n\n");
}

TEST(StreamFilter, DropsTheUsageChunkThatTheClientDidNotAskFor) {
  StreamFilter filter({"chat", false, true}, nullptr);
  std::string out;
  ASSERT_TRUE(filter.event(
      R"({"model":"up","choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}})", out));
  ASSERT_TRUE(filter.usage());
  EXPECT_TRUE(filter.usage()->reported);
  filter.finish(*filter.usage(), 42, out);
  EXPECT_EQ(out, "data: [DONE]\n\n");
}

TEST(StreamFilter, MakesAUsageChunkWhereTheProviderSentNone) {
  StreamFilter filter({"chat", true, false}, nullptr);
  std::string out;
  ASSERT_TRUE(filter.event(chunk("Hi"), out));
  out.clear();
  cost::Usage usage;
  usage.input_tokens = 5;
  usage.output_tokens = 1;
  filter.finish(usage, 7, out);
  EXPECT_EQ(out.find("data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":9,"
                     "\"model\":\"chat\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,"
                     "\"completion_tokens\":1,\"total_tokens\":6"),
            0u)
      << out;
}

TEST(StreamFilter, SendsHeldTextBeforeTheChoiceEnds) {
  TestGate gate;
  StreamFilter filter({"chat", false, false}, &gate);
  std::string out;
  ASSERT_TRUE(filter.event(chunk("see @se"), out));
  EXPECT_NE(out.find("\"content\":\"see \""), std::string::npos) << out;
  out.clear();
  ASSERT_TRUE(filter.event(chunk("cret"), out));
  EXPECT_NE(out.find("\"content\":\"\""), std::string::npos) << out;
  out.clear();
  ASSERT_TRUE(filter.event(
      R"({"id":"1","model":"up","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})", out));
  const size_t held = out.find("\"content\":\"[@secret]\"");
  EXPECT_NE(held, std::string::npos) << out;
  EXPECT_LT(held, out.find("\"finish_reason\":\"stop\""));
  EXPECT_EQ(filter.text().begin()->second, "see [@secret]");
}

TEST(StreamFilter, KeepsChannelsApart) {
  TestGate gate;
  StreamFilter filter({"chat", false, false}, &gate);
  std::string out;
  ASSERT_TRUE(filter.event(R"({"model":"u","choices":[{"index":1,"delta":{"tool_calls":)"
                           R"([{"index":2,"function":{"name":"f","arguments":"{@"}}]}}]})",
                           out));
  ASSERT_EQ(gate.held.size(), 1u);
  const Channel channel = gate.held.begin()->first;
  EXPECT_EQ(channel.choice, 1);
  EXPECT_EQ(channel.tool, 2);
  EXPECT_EQ(channel.field, Channel::Field::Arguments);
}

TEST(StreamFilter, StopsAtWhatAGuardBlocks) {
  TestGate gate;
  StreamFilter filter({"chat", false, false}, &gate);
  std::string out;
  const auto stopped = filter.event(chunk("bad!"), out);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::GuardBlocked);
  EXPECT_EQ(out, "");
}

TEST(StreamFilter, NeverForwardsAMalformedEvent) {
  for (const char* bad : {"{\"choices\":[", "not json", "[]", "{\"a\":1}", "\"text\"",
                          R"({"error":{"message":"boom","code":"x"}})"}) {
    StreamFilter filter({"chat", false, false}, nullptr);
    std::string out;
    const auto stopped = filter.event(bad, out);
    ASSERT_FALSE(stopped) << bad;
    EXPECT_EQ(stopped.error().code, Code::UpstreamError);
    EXPECT_EQ(out, "");
  }
}

// Events that repeat the one before them are not parsed; that must not show.
TEST(StreamFilter, RepeatedEventsGiveWhatParsedOnesGive) {
  const std::string texts[] = {"a",     "b",   "\\u0041", "\\\"", "\xC3\xA9",         "x\\n",
                               "@h",    "eld", "",        "c",    "\xF0\x9F\x98\x80", "d",
                               "{\\\"", "g"};
  TestGate gate_once, gate_each;
  StreamFilter once({"chat", false, false}, &gate_once);
  StreamFilter each({"chat", false, false}, &gate_each);
  std::string together, apart;
  size_t blanks = 0;
  for (const std::string& text : texts) {
    ASSERT_TRUE(once.event(chunk(text), together));
    // Another number of blanks behind each: this filter has to parse every event.
    ASSERT_TRUE(each.event(chunk(text) + std::string(++blanks, ' '), apart));
  }
  for (size_t at; (at = apart.find(" \n")) != std::string::npos;) apart.erase(at, 1);
  EXPECT_EQ(together, apart);
  EXPECT_EQ(once.text(), each.text());
  EXPECT_EQ(gate_once.held, gate_each.held);
}

TEST(StreamFilter, ARepeatedEventWithAnotherFieldInItsTextIsRead) {
  StreamFilter filter({"chat", false, false}, nullptr);
  std::string out;
  ASSERT_TRUE(filter.event(chunk("a"), out));
  ASSERT_TRUE(filter.event(chunk("b"), out));
  // The same bytes around, but what stands between is two fields.
  ASSERT_TRUE(filter.event(chunk(R"(c","refusal":"no)"), out));
  const auto& texts = filter.text();
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts.at({0, Channel::Field::Content, 0}), "abc");
  EXPECT_EQ(texts.at({0, Channel::Field::Refusal, 0}), "no");
  // Malformed text inside of known bytes is refused as ever.
  EXPECT_FALSE(filter.event(chunk("\xFF"), out));
  EXPECT_FALSE(filter.event(chunk("a\x01"), out));
}

}  // namespace
}  // namespace tandem::gateway::openai
