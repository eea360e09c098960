#include "base/text/encode.h"

#include <gtest/gtest.h>

namespace tandem::text {
namespace {

std::span<const uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

struct Vector {
  const char* plain;
  const char* base64;
  const char* hex;
};

// RFC 4648 section 10 (its base 16 is upper case).
constexpr Vector kVectors[] = {
    {"", "", ""},
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
};

TEST(Encode, TheVectorsOfRfc4648) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(to_base64(bytes(vector.plain)), vector.base64);
    EXPECT_EQ(from_base64(vector.base64), vector.plain);
    EXPECT_EQ(to_hex(bytes(vector.plain)), vector.hex);
    EXPECT_EQ(from_hex(vector.hex), vector.plain);
  }
  EXPECT_EQ(from_hex("666F6F"), "foo");
  EXPECT_EQ(from_base64("Zm9vYg"), "foob");  // without padding
}

TEST(Encode, AllBytesGoThereAndBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(from_base64(to_base64(bytes(all))), all);
  EXPECT_EQ(from_hex(to_hex(bytes(all))), all);
  EXPECT_EQ(to_base64(bytes("\xfb\xff")), "+/8=");
}

TEST(Encode, RefusesWhatIsNotIts) {
  for (const char* bad : {"6", "6g", "0x66", "66 6f", "é"}) EXPECT_FALSE(from_hex(bad)) << bad;
  for (const char* bad : {"Zg=a", "Z", "Zm9v!", "Zm 9v", "Zm9vY", "-_8="}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
}

TEST(Encode, SmallHelpers) {
  EXPECT_EQ(to_ascii_lower("Content-TYPE Ä"), "content-type Ä");
  EXPECT_TRUE(equal_ignoring_case("Keep-Alive", "keep-alive"));
  EXPECT_FALSE(equal_ignoring_case("keep", "keep-alive"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));  // 32 apart, but no letters
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \t "), "");
}

// The textbook's examples (Levenshtein 1966 as in Wagner and Fischer 1974).
TEST(Encode, EditDistance) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("saturday", "sunday"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

TEST(Encode, NearestSuggestsOnlyWhatIsNear) {
  const std::vector<std::string> known = {"endpoints", "providers", "prices", "log"};
  EXPECT_EQ(nearest("endpoint", known), "endpoints");
  EXPECT_EQ(nearest("provders", known), "providers");
  EXPECT_EQ(nearest("lgo", known), "");  // two edits of three letters
  EXPECT_EQ(nearest("lo", known), "log");
  EXPECT_EQ(nearest("something else", known), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace tandem::text
