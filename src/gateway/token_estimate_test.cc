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
    const size_t size = random() % 300;
    const size_t longest = i % 10 == 0 ? 150 : 9;
    while (text.size() < size) {
      text.append(1 + random() % longest, letters[random() % letters.size()]);
    }
    ASSERT_EQ(estimate_tokens(text), one_by_one(text)) << text;
  }
}

TEST(TokenEstimate, AgreesOnEveryByteAndOnRandomOnes) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    ASSERT_EQ(estimate_tokens(one), one_by_one(one)) << byte;
    const std::string among = "a" + one + "1" + one + " " + one + ";" + one + "a";
    ASSERT_EQ(estimate_tokens(among), one_by_one(among)) << byte;
  }
  std::mt19937 random(11);
  for (int i = 0; i < 5'000; ++i) {
    std::string text(random() % 400, '\0');
    for (char& byte : text) byte = static_cast<char>(random());
    ASSERT_EQ(estimate_tokens(text), one_by_one(text));
  }
}

TEST(TokenEstimate, AgreesOnTextsOfManyLanguages) {
  const std::string texts[] = {
      "The quick brown fox jumps over the lazy dog; internationalization costs 1,234.56 dollars.\n",
      "Füße heißen füreinander Straßenbahnhaltestellenbeschilderungsvorschriften.\r\n\t",
      "Съешь же ещё этих мягких французских булок, да выпей чаю. ",
      "我能吞下玻璃而不伤身体。日本語の文章、한국어 문장도 있습니다! ",
      "{\"role\": \"user\", \"content\": [1, 22, 333, 4444, 55555]}    // ====== \n        return "
      "x;",
      "مرحبا بالعالم 🙂🙂 שלום עולם नमस्ते दुनिया"};
  std::string all;
  for (int round = 0; round < 40; ++round) {
    for (const std::string& text : texts) {
      EXPECT_EQ(estimate_tokens(text), one_by_one(text)) << text;
      all += text.substr(0, text.size() - static_cast<size_t>(round) % 7);
      EXPECT_EQ(estimate_tokens(all), one_by_one(all));
    }
  }
}

}  // namespace
}  // namespace tandem::gateway
