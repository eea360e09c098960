#include "identity/key_text.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/crypto/hash.h"

namespace tandem::identity {
namespace {

TEST(KeyText, ChecksumIsTheCrcOfZlib) {
  // The check value that catalogues of CRC algorithms give for CRC-32/ISO-HDLC.
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32(""), 0u);
}

// Computed with Python: zlib.crc32(b"tk-" + b"0"*36) = 2997656169, in base 62 as "3GrrJ3".
TEST(KeyText, AKnownKeyHasAKnownChecksum) {
  const std::string random(36, '0');
  const std::string key = "tk-" + random + "3GrrJ3";
  EXPECT_TRUE(is_key_text(key)) << crc32("tk-" + random);
}

TEST(KeyText, NewKeysAreWellFormedAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = make_key_text();
    EXPECT_EQ(key.size(), 45u);
    EXPECT_EQ(key.substr(0, 3), "tk-");
    EXPECT_TRUE(is_key_text(key)) << key;
    EXPECT_TRUE(seen.insert(key).second);
  }
}

TEST(KeyText, EveryLetterIsAsLikelyAsTheOthers) {
  std::map<char, int> counts;
  constexpr int kKeys = 4000;
  for (int i = 0; i < kKeys; ++i) {
    for (char c : make_key_text().substr(3, 36)) ++counts[c];
  }
  ASSERT_EQ(counts.size(), 62u);
  const double expected = kKeys * 36 / 62.0;
  double chi_square = 0;
  for (const auto& [letter, count] : counts) {
    chi_square += (count - expected) * (count - expected) / expected;
  }
  // 61 degrees of freedom: above 130 with a probability of 6e-7.
  EXPECT_LT(chi_square, 130);
}

TEST(KeyText, AnyOneWrongCharacterIsNoticed) {
  const std::string key = make_key_text();
  for (size_t i = 0; i < key.size(); ++i) {
    std::string changed = key;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(is_key_text(changed)) << i;
  }
  EXPECT_FALSE(is_key_text(key.substr(0, 44)));
  EXPECT_FALSE(is_key_text(key + "a"));
  EXPECT_FALSE(is_key_text("tk-" + std::string(42, '-')));
  EXPECT_FALSE(is_key_text(""));
}

TEST(KeyText, OneSeedGivesOneKey) {
  const auto seed = crypto::sha256("seed");
  EXPECT_EQ(key_text_of(seed), key_text_of(seed));
  EXPECT_TRUE(is_key_text(key_text_of(seed)));
  EXPECT_NE(key_text_of(seed), key_text_of(crypto::sha256("other")));
}

TEST(KeyText, TheHintShowsTheEnd) {
  EXPECT_EQ(key_hint("tk-0123456789wxyz"), "tk-…wxyz");
  EXPECT_EQ(key_hint("ab"), "tk-…ab");
}

}  // namespace
}  // namespace tandem::identity
