// Streams of a Gemini provider for a Gemini client: what passes, what the guard holds back, and
// what waits for the end.
#include "gateway/gemini/stream_filter.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/gemini/surface.h"

namespace tandem::gateway::gemini {
namespace {

// Holds back every text that ends in "AK" until the next piece or the end, and blanks "AKEY".
class PlayedGate final : public OutputGate {
 public:
  std::string feed(const Channel& channel, std::string_view text) override {
    std::string all = held_[channel] + std::string(text);
    held_[channel].clear();
    if (all.ends_with("AK")) {
      held_[channel] = "AK";
      all.resize(all.size() - 2);
    }
    return whole(all).value_or(all);
  }
  std::string flush(const Channel& channel) override { return std::exchange(held_[channel], ""); }
  std::optional<std::string> whole(std::string_view text) override {
    const size_t at = text.find("AKEY");
    if (at == std::string_view::npos) return std::nullopt;
    return std::string(text).replace(at, 4, "***");
  }
  const std::optional<Error>& blocked() const override { return blocked_; }

 private:
  std::map<Channel, std::string> held_;
  std::optional<Error> blocked_;
};

std::string chunk(const std::string& text, const std::string& rest = "") {
  return R"({"candidates": [{"content": {"parts": [{"text": ")" + text +
         R"("}],"role": "model"},"index": 0)" + rest + R"(}],"modelVersion": "up","novel": 1.50})";
}
std::string renamed(std::string text) {
  text.replace(text.find("\"up\""), 4, "\"chat\"");
  return "data: " + text + "\n\n";
}

const std::string kStop = R"(,"finishReason": "STOP")";
const std::string kUsage =
    R"({"usageMetadata": {"promptTokenCount": 7,"candidatesTokenCount": 2 }})";

TEST(GeminiStreamFilter, EveryByteButTheModelPasses) {
  StreamFilter filter({"chat", true, false}, nullptr);
  std::string out;
  ASSERT_TRUE(filter.event(chunk("Hel"), out));
  EXPECT_EQ(out, renamed(chunk("Hel")));
  EXPECT_FALSE(filter.complete());
  out.clear();
  ASSERT_TRUE(filter.event(chunk("lo", kStop), out));
  EXPECT_TRUE(filter.complete());
  EXPECT_FALSE(filter.done());
  EXPECT_EQ(out, "");  // waits for the settlement
  ASSERT_TRUE(filter.end(out));
  EXPECT_TRUE(filter.done());
  EXPECT_FALSE(filter.usage());
  filter.finish({.input_tokens = 3, .output_tokens = 2}, 5, out);
  const std::string counts =
      R"(,"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}})";
  std::string last = renamed(chunk("lo", kStop));
  last.replace(last.rfind('}'), 1, counts);
  EXPECT_EQ(out, last);
  EXPECT_EQ(filter.text().begin()->second, "Hello");
  EXPECT_EQ(filter.ends().at(0), "STOP");
  EXPECT_EQ(filter.provider_model(), "up");
}

TEST(GeminiStreamFilter, UsageThatComesAfterTheEndIsTheLastEvent) {
  StreamFilter filter({"chat", true, true}, nullptr);
  std::string out;
  ASSERT_TRUE(filter.event(chunk("a", kStop), out));
  ASSERT_TRUE(filter.event(kUsage, out));
  EXPECT_EQ(out, renamed(chunk("a", kStop)));
  ASSERT_TRUE(filter.usage());
  EXPECT_EQ(filter.usage()->input_tokens, 7);
  out.clear();
  ASSERT_TRUE(filter.end(out));
  filter.finish(*filter.usage(), 42, out);
  EXPECT_EQ(out,
            "data: {\"usageMetadata\": {\"promptTokenCount\": 7,\"candidatesTokenCount\": 2 "
            ",\"cost_nano_usd\":42}}\n\n");
}

TEST(GeminiStreamFilter, HeldTextLeavesBeforeItsCandidateEnds) {
  PlayedGate gate;
  StreamFilter filter({"chat", true, false}, &gate);
  std::string out;
  ASSERT_TRUE(filter.event(chunk("my AK"), out));
  EXPECT_EQ(out, renamed(chunk("my ")));
  out.clear();
  ASSERT_TRUE(filter.event(chunk("EY is AK"), out));
  EXPECT_EQ(out, renamed(chunk("*** is ")));
  out.clear();
  ASSERT_TRUE(filter.event(chunk("AK", kStop), out));
  filter.finish({}, std::nullopt, out);
  EXPECT_NE(out.find("\"AKAK\""), std::string::npos) << out;
  EXPECT_EQ(filter.text().begin()->second, "my *** is AKAK");
}

TEST(GeminiStreamFilter, HeldTextOfACandidateThatEndsInSilenceIsAnEventOfItsOwn) {
  PlayedGate gate;
  StreamFilter filter({"chat", true, false}, &gate);
  std::string out;
  ASSERT_TRUE(filter.event(chunk("my AK"), out));
  out.clear();
  ASSERT_TRUE(filter.event(R"({"candidates":[{"finishReason":"STOP","index":0}]})", out));
  EXPECT_EQ(out,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"AK\"}],"
            "\"role\":\"model\"},\"index\":0}],\"modelVersion\":\"chat\"}\n\n");
}

TEST(GeminiStreamFilter, ArgumentsOfCallsPassTheGuard) {
  PlayedGate gate;
  StreamFilter filter({"chat", true, false}, &gate);
  std::string out;
  ASSERT_TRUE(filter.event(R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f",
                               "args":{"k":"AKEY"}}}]}}]})",
                           out));
  EXPECT_NE(out.find(R"("args":{"k":"***"})"), std::string::npos) << out;
}

TEST(GeminiStreamFilter, ABlockedPromptIsWhole) {
  StreamFilter filter({"chat", true, false}, nullptr);
  std::string out;
  ASSERT_TRUE(filter.event(R"({"promptFeedback":{"blockReason":"SAFETY"}})", out));
  EXPECT_TRUE(filter.complete());
  EXPECT_EQ(filter.ends().at(0), "SAFETY");
}

TEST(GeminiStreamFilter, EachCandidateMustEnd) {
  StreamFilter filter({"chat", true, false}, nullptr);
  std::string out;
  ASSERT_TRUE(
      filter.event(R"({"candidates":[{"index":0,"finishReason":"STOP"},{"index":1}]})", out));
  EXPECT_FALSE(filter.complete());
  ASSERT_TRUE(filter.event(R"({"candidates":[{"index":1,"finishReason":"MAX_TOKENS"}]})", out));
  EXPECT_TRUE(filter.complete());
}

TEST(GeminiStreamFilter, AnErrorEndsIt) {
  for (const char* bad : {"{", "[]", "{}", "[DONE]", R"({"candidates":{"index":0}})",
                          R"({"error":{"code":500,"message":"Boom","status":"INTERNAL"}})"}) {
    StreamFilter filter({"chat", true, false}, nullptr);
    std::string out;
    const auto taken = filter.event(bad, out);
    ASSERT_FALSE(taken) << bad;
    EXPECT_EQ(taken.error().code, Code::UpstreamError);
    EXPECT_EQ(out, "");
  }
}

TEST(GeminiSurface, AStreamIsAListWhereNoEventsAreAskedFor) {
  EXPECT_EQ(list_elements("data: {\"a\":1}\n\ndata: {\"b\":2}\n\n", true, false),
            "[{\"a\":1},\r\n{\"b\":2}");
  EXPECT_EQ(list_elements("data: {\"c\":\ndata: 3}\n\n", false, true), ",\r\n{\"c\":\n3}]");
  EXPECT_EQ(list_elements("", true, true), "[]");
  EXPECT_EQ(list_elements("", false, true), "]");
}

}  // namespace
}  // namespace tandem::gateway::gemini
