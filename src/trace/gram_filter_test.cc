#include "trace/gram_filter.h"

#include <gtest/gtest.h>

#include <random>

#include "trace/search_text.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

bool may_contain(const GramMarks& marks, std::string_view needle) {
  return GramQuery(needle).may_be_in(marks.filter());
}

TEST(GramFilter, KnowsPartsOfWordsInAnyCase) {
  GramMarks marks;
  marks.add("Your REFUND of 8842-1193 was sent. \xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E");
  for (const char* needle : {"refund", "efun", "Refund of", "8842-1193", "1193 was", "8842",
                             "\xE6\x9C\xAC\xE8\xAA\x9E", "of", "!"}) {
    EXPECT_TRUE(may_contain(marks, needle)) << needle;
  }
  for (const char* needle : {"invoice", "refunds", "1194", "xefund"}) {
    EXPECT_FALSE(may_contain(marks, needle)) << needle;
  }
  EXPECT_TRUE(GramQuery("of a").empty());
  EXPECT_FALSE(GramQuery("refund").empty());
}

TEST(GramFilter, SurvivesItsEncodingSparseAndDense) {
  std::mt19937 random(3);
  GramMarks marks;
  for (int words = 0; words < 30'000; ++words) {
    std::string word;
    for (int i = 0; i < 6; ++i) word += static_cast<char>('a' + random() % 26);
    marks.add(word);
    if (words == 10 || words == 2'000 || words == 29'999) {
      const GramFilter filter = marks.filter();
      const std::string bytes = filter.encode();
      const auto decoded = GramFilter::decode(wire::as_bytes(bytes));
      ASSERT_TRUE(decoded);
      EXPECT_EQ(*decoded, filter);
      EXPECT_LE(bytes.size(), GramFilter::kBits / 8 + 1);
    }
  }
  EXPECT_TRUE(marks.filter().full());
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
    GramMarks marks;
    marks.add(text);
    const bool there = fold(text).find(needle) != std::string::npos;
    EXPECT_EQ(contains_folded(text, needle, scratch), there);
    if (there) EXPECT_TRUE(may_contain(marks, needle)) << text << " / " << needle;
  }
}

// Long texts are read in pieces of many bytes: every gram counts, wherever a piece ends.
TEST(GramFilter, KnowsEveryGramOfTextsOfAnyLength) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < 2'200) text += static_cast<char>('a' + random() % 26);
  for (const size_t length : {4u, 5u, 15u, 16u, 17u, 19u, 20u, 1023u, 1024u, 1027u, 1028u, 2200u}) {
    const std::string_view part = std::string_view(text).substr(0, length);
    GramMarks marks;
    marks.add(part);
    const GramFilter filter = marks.filter();
    for (size_t i = 0; i + 4 <= length; ++i) {
      ASSERT_TRUE(GramQuery(part.substr(i, 4)).may_be_in(filter)) << i << " of " << length;
    }
    EXPECT_LE(filter.bits_set(), length - 3 + 1) << "one bit for each gram, and the one for none";
  }
}

// The bits are stored: a filter that was written by an older Tandem must mean the same.
TEST(GramFilter, GivesAGramTheSameBitAsEver) {
  // Computed by hand: 'a' = 0x61 and so on, ("ab" * 0x2C1B + "cd" * 0x3C6D) mod 2^16.
  GramMarks marks;
  marks.add("ABCD");
  const std::string bytes = marks.filter().encode();
  const uint32_t bit = ((0x61u | 0x62u << 8) * 0x2C1Bu + (0x63u | 0x64u << 8) * 0x3C6Du) & 0xffff;
  std::string expected = "s";
  wire::put_varint(expected, 0);
  wire::put_varint(expected, bit);
  EXPECT_EQ(bytes, expected);
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
