#include "base/json/splice.h"

#include <gtest/gtest.h>

namespace tandem::json {
namespace {

Token token(std::string_view text, std::string_view piece) {
  return {text.find(piece), piece.size()};
}

TEST(Edits, LeaveEveryOtherByte) {
  const std::string_view body =
      "{ \"model\" : \"chat\",\n\t\"x\":1e0 , \"big\": 12345678901234567890}";
  Edits edits;
  EXPECT_TRUE(edits.empty());
  EXPECT_EQ(edits.apply(body), body);
  edits.replace(token(body, "\"chat\""), "\"gpt-4o-mini\"");
  EXPECT_FALSE(edits.empty());
  EXPECT_EQ(edits.apply(body),
            "{ \"model\" : \"gpt-4o-mini\",\n\t\"x\":1e0 , \"big\": 12345678901234567890}");
}

TEST(Edits, MayComeInAnyOrder) {
  Edits edits;
  edits.replace({4, 1}, "<4>");
  edits.insert(6, "<end>");
  edits.replace({0, 2}, "");
  edits.insert(3, "<before 3>");
  EXPECT_EQ(edits.apply("012345"), "2<before 3>3<4>5<end>");
}

TEST(Edits, InsertionsAtOnePlaceKeepTheirOrder) {
  Edits edits;
  edits.insert(1, "a");
  edits.insert(1, "b");
  edits.insert(1, "c");
  EXPECT_EQ(edits.apply("()"), "(abc)");
}

TEST(Edits, TheLastReplacementOfAPieceWins) {
  Edits edits;
  edits.replace({1, 1}, "first");
  edits.replace({3, 1}, "other");
  edits.replace({1, 1}, "last");
  EXPECT_EQ(edits.apply("[x,y]"), "[last,other]");
  edits.clear();
  EXPECT_EQ(edits.apply("[x,y]"), "[x,y]");
}

TEST(Edits, TokensNameTheirPiece) {
  EXPECT_EQ((Token{2, 3}).in("abcdefg"), "cde");
  EXPECT_EQ((Token{2, 3}).end(), 5u);
}

}  // namespace
}  // namespace tandem::json
