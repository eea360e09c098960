#include "trace/gram_filter.h"

#include <gtest/gtest.h>

#include <random>

#include "trace/search_text.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

bool may_contain(const GramFilter& filter, std::string_view needle) {
  return GramQuery(needle).may_be_in(filter);
}

TEST(GramFilter, KnowsPartsOfWordsInAnyCase) {
  GramFilter filter;
  filter.add("Your REFUND of 8842-1193 was sent. \xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E");
  for (const char* needle : {"refund", "efun", "Refund of", "8842-1193", "1193 was", "8842",
                             "\xE6\x9C\xAC\xE8\xAA\x9E", "of", "!"}) {
    EXPECT_TRUE(may_contain(filter, needle)) << needle;
  }
  for (const char* needle : {"invoice", "refunds", "1194", "xefund"}) {
    EXPECT_FALSE(may_contain(filter, needle)) << needle;
  }
  EXPECT_TRUE(GramQuery("of a").empty());
  EXPECT_FALSE(GramQuery("refund").empty());
}

TEST(GramFilter, SurvivesItsEncodingSparseAndDense) {
  std::mt19937 random(3);
  GramFilter filter;
  for (int words = 0; words < 30'000; ++words) {
    std::string word;
    for (int i = 0; i < 6; ++i) word += static_cast<char>('a' + random() % 26);
    filter.add(word);
    if (words == 10 || words == 2'000 || words == 29'999) {
      const std::string bytes = filter.encode();
      const auto decoded = GramFilter::decode(wire::as_bytes(bytes));
      ASSERT_TRUE(decoded);
      EXPECT_EQ(*decoded, filter);
      EXPECT_LE(bytes.size(), GramFilter::kBits / 8 + 1);
    }
  }
  EXPECT_TRUE(filter.full());
  EXPECT_FALSE(GramFilter::decode({}));
  EXPECT_FALSE(GramFilter::decode(wire::as_bytes("x")));
  EXPECT_FALSE(GramFilter::decode(wire::as_bytes("dshort")));
  EXPECT_FALSE(GramFilter::decode(wire::as_bytes("s\x81")));
  EXPECT_FALSE(GramFilter::decode(wire::as_bytes("s\xff\xff\x7f")));
}

// A filter must never deny what a plain search finds.
TEST(GramFilter, NeverMissesWhatIsThere) {
  std::mt19937 random(11);
  const std::string alphabet = "abAB12_- .\"\xC3\xA9\n";
  std::string scratch;
  for (int round = 0; round < 3'000; ++round) {
    std::string text;
    for (unsigned i = 0; i < random() % 60; ++i) text += alphabet[random() % alphabet.size()];
    std::string needle;
    if (!text.empty() && random() % 2 == 0) {
      const size_t begin = random() % text.size();
      needle = fold(text.substr(begin, 1 + random() % 12));
    } else {
      for (int i = 0; i < 5; ++i) needle += alphabet[random() % alphabet.size()];
      needle = fold(needle);
    }
    GramFilter filter;
    filter.add(text);
    const bool there = fold(text).find(needle) != std::string::npos;
    EXPECT_EQ(contains_folded(text, needle, scratch), there);
    if (there) EXPECT_TRUE(may_contain(filter, needle)) << text << " / " << needle;
  }
}

TEST(SearchText, ResolvesJsonEscapes) {
  std::string scratch;
  const auto readable = [&scratch](std::string text) {
    return std::string(readable_json(Json{std::move(text)}, scratch));
  };
  EXPECT_EQ(readable(R"({"q":"plain"})"), R"({"q":"plain"})");
  EXPECT_EQ(readable(R"("say \"hi\" caf\u00e9\n\ud83d\ude00 \/ \\")"),
            "\"say \"hi\" caf\xC3\xA9\n\xF0\x9F\x98\x80 / \\\"");
  EXPECT_EQ(readable("cut\\"), "cut\\");
  EXPECT_EQ(readable("cut\\u12"), "cutu12");
}

TEST(SearchText, VisitsInputsOutputsAndMessages) {
  Span span;
  span.name = "not searched";
  span.input = {R"({"question":"alpha"})"};
  span.output = {"\"beta\""};
  span.input_messages.push_back({"user", {{.type = PartType::Text, .content = "gamma"}}, ""});
  span.output_messages.push_back(
      {"assistant",
       {{.type = PartType::ToolCall, .name = "delta", .value = {R"({"e":"epsilon"})"}},
        {.type = PartType::Blob, .content = "binary"}},
       ""});
  span.tool = ToolUse{"zeta", "", {"1"}, {"2"}};
  span.documents.push_back({"id", "eta", std::nullopt, {}});
  std::string all;
  each_search_text(span, [&all](std::string_view text) { all.append(text).append("|"); });
  EXPECT_EQ(all, "gamma|delta|{\"e\":\"epsilon\"}|{\"question\":\"alpha\"}|\"beta\"|1|2|eta|");
}

}  // namespace
}  // namespace tandem::trace
