#include "gateway/token_estimate.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tandem::gateway {
namespace {

TEST(TokenEstimate, CountsWordsDigitsSpacesAndSigns) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_EQ(estimate_tokens(" "), 1);
  EXPECT_EQ(estimate_tokens("Hello, world!"), 4);         // Hello · , · world · !
  EXPECT_EQ(estimate_tokens("internationalization"), 4);  // 20 letters in parts of 5
  EXPECT_EQ(estimate_tokens("1234567"), 3);               // in parts of 3
  EXPECT_EQ(estimate_tokens("a  b"), 3);                  // two spaces are a token of their own
  EXPECT_EQ(estimate_tokens("x == y;"), 4);
  EXPECT_EQ(estimate_tokens("\xC3\xA9\xC3\xA9\xC3\xA9"), 2);  // 6 bytes of other scripts
  EXPECT_EQ(estimate_tokens(std::string(1000, 'a')), 200);
  EXPECT_EQ(estimate_tokens(std::string(1000, ' ')), 63);
}

// What the blocks of the implementation must agree with: one byte after the other.
int64_t one_by_one(const std::string& text) {
  const auto kind = [](unsigned char c) {
    if (c >= 0x80) return 0;
    if (std::isalpha(c)) return 1;
    if (std::isdigit(c)) return 2;
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' ? 3 : 4;
  };
  int64_t tokens = 0;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (end < text.size() && kind(text[end]) == kind(text[begin])) ++end;
    const auto bytes = static_cast<int64_t>(end - begin);
    switch (kind(text[begin])) {
      case 1:
        tokens += bytes <= 7 ? 1 : (bytes + 4) / 5;
        break;
      case 3:
        tokens += bytes == 1 ? 0 : (bytes + 15) / 16;
        break;
      case 4:
        tokens += (bytes + 1) / 2;
        break;
      default:
        tokens += (bytes + 2) / 3;
    }
    begin = end;
  }
  return text.empty() ? 0 : std::max<int64_t>(tokens, 1);
}

TEST(TokenEstimate, DoesNotDependOnWhereBlocksEnd) {
  std::mt19937 random(7);
  const std::string letters = "ab cd  12,;\xC3\xA9\n";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    const size_t size = random() % 70;
    while (text.size() < size) text.append(1 + random() % 9, letters[random() % letters.size()]);
    ASSERT_EQ(estimate_tokens(text), one_by_one(text)) << text;
  }
}

}  // namespace
}  // namespace tandem::gateway
