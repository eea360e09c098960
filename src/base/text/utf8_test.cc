// RFC 3629 and the sequences of Markus Kuhn's decoder stress test.
#include "base/text/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem::text {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, KnowsTheLengthOfEachSequence) {
  EXPECT_EQ(utf8_sequence_length("a"), 1u);
  EXPECT_EQ(utf8_sequence_length("\0"sv), 1u);
  EXPECT_EQ(utf8_sequence_length("\u00e9x"), 2u);
  EXPECT_EQ(utf8_sequence_length("\u20acx"), 3u);
  EXPECT_EQ(utf8_sequence_length("\U0001F600x"), 4u);
  EXPECT_EQ(utf8_sequence_length(""), 0u);
}

// RFC 3629 section 3: the first and the last code point of each length.
TEST(Utf8, TakesTheBoundaries) {
  for (std::string_view good :
       {"\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xed\x9f\xbf"sv, "\xee\x80\x80"sv,
        "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv}) {
    EXPECT_EQ(utf8_sequence_length(good), good.size());
    EXPECT_TRUE(is_valid_utf8(good));
  }
}

TEST(Utf8, RefusesWhatIsMalformed) {
  const std::string_view bad[] = {
      "\x80"sv,
      "\xbf"sv,  // continuation bytes alone
      "\xc0\xaf"sv,
      "\xc1\xbf"sv,  // overlong
      "\xe0\x80\xaf"sv,
      "\xe0\x9f\xbf"sv,
      "\xf0\x80\x80\xaf"sv,
      "\xf0\x8f\xbf\xbf"sv,
      "\xed\xa0\x80"sv,
      "\xed\xbf\xbf"sv,      // surrogates
      "\xf4\x90\x80\x80"sv,  // above U+10FFFF
      "\xf5\x80\x80\x80"sv,
      "\xfe"sv,
      "\xff"sv,
      "\xc3"sv,
      "\xe2\x82"sv,
      "\xf0\x9f\x98"sv,  // cut short
      "\xc3("sv,
      "\xe2(\xa1"sv,
      "\xe2\x82("sv,
      "\xf0\x9f\x98("sv,
  };
  for (std::string_view text : bad) {
    EXPECT_EQ(utf8_sequence_length(text), 0u);
    EXPECT_FALSE(is_valid_utf8("ok" + std::string(text) + "ok"));
  }
}

TEST(Utf8, FindsTheBeginningOfWhatIsStillToCome) {
  EXPECT_EQ(incomplete_utf8_tail(""), 0u);
  EXPECT_EQ(incomplete_utf8_tail("abc"), 0u);
  EXPECT_EQ(incomplete_utf8_tail("abc\xc3"), 1u);
  EXPECT_EQ(incomplete_utf8_tail("abc\xe2"), 1u);
  EXPECT_EQ(incomplete_utf8_tail("abc\xe2\x82"), 2u);
  EXPECT_EQ(incomplete_utf8_tail("abc\xf0\x9f"), 2u);
  EXPECT_EQ(incomplete_utf8_tail("abc\xf0\x9f\x98"), 3u);
  EXPECT_EQ(incomplete_utf8_tail("\xe2\x82"), 2u);
  EXPECT_EQ(incomplete_utf8_tail("caf\u00e9"), 0u);
  EXPECT_EQ(incomplete_utf8_tail("\u20ac"), 0u);
  EXPECT_EQ(incomplete_utf8_tail("\U0001F600"), 0u);
}

// What can never become valid is no beginning: it is not waited for.
TEST(Utf8, WaitsForNothingMalformed) {
  EXPECT_EQ(incomplete_utf8_tail("\xc0"), 0u);
  EXPECT_EQ(incomplete_utf8_tail("\xff"), 0u);
  EXPECT_EQ(incomplete_utf8_tail("\xe0\x80"), 0u);  // overlong already
  EXPECT_EQ(incomplete_utf8_tail("\xed\xa0"), 0u);  // a surrogate already
  EXPECT_EQ(incomplete_utf8_tail("\xf4\x90"), 0u);  // too high already
  EXPECT_EQ(incomplete_utf8_tail("\x80\x80\x80\x80"), 0u);
}

}  // namespace
}  // namespace tandem::text
