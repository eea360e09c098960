#include "gateway/repeated_start.h"

#include <gtest/gtest.h>

#include <random>

namespace tandem::gateway {
namespace {

constexpr const char* kSaid = "The router restarts at night. Its log shows that the clock is";

std::string all_of(RepeatedStart& start, std::string_view text, size_t piece) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += piece) out += start.feed(text.substr(at, piece));
  return out + start.flush();
}

TEST(RepeatedStartTest, WhatIsNewPasses) {
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{100}}) {
    RepeatedStart start(kSaid);
    EXPECT_EQ(all_of(start, " set back an hour.", piece), " set back an hour.");
  }
}

TEST(RepeatedStartTest, AnAnswerThatBeginsOnceMoreLosesItsBeginning) {
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{500}}) {
    RepeatedStart start(kSaid);
    EXPECT_EQ(all_of(start, std::string(kSaid) + " set back.", piece), " set back.");
  }
}

TEST(RepeatedStartTest, TheSentenceThatWasCutMayBeginOnceMore) {
  RepeatedStart start(kSaid);
  EXPECT_EQ(all_of(start, "Its log shows that the clock is set back.", 5), " set back.");
}

// "is is", "night at night": a few words again are no repetition.
TEST(RepeatedStartTest, ShortEchoesAreMeant) {
  RepeatedStart start(kSaid);
  EXPECT_EQ(all_of(start, "clock is set back", 2), "clock is set back");
  RepeatedStart line("| a | b |\n|------------------------------|");
  EXPECT_EQ(all_of(line, "------------------------------|", 4), "------------------------------|");
}

TEST(RepeatedStartTest, WhatBeginsAlikeAndTurnsIsKept) {
  RepeatedStart start(kSaid);
  EXPECT_EQ(all_of(start, "The router restarts at noon.", 4), "The router restarts at noon.");
  RepeatedStart cut(kSaid);  // ends while it still may be one
  EXPECT_EQ(all_of(cut, "The router restarts", 4), "The router restarts");
}

TEST(RepeatedStartTest, ShortBeginningsAreNotLookedAt) {
  RepeatedStart start("Once upon");
  EXPECT_EQ(start.feed("Once upon"), "Once upon");
}

// However the text is cut, what comes out is the same.
TEST(RepeatedStartTest, PiecesDoNotMatter) {
  std::mt19937 random(1);
  const std::string text = std::string(kSaid) + " set back. Its log shows that the clock is";
  for (int run = 0; run < 200; ++run) {
    RepeatedStart start(kSaid);
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t piece = 1 + random() % 20;
      out += start.feed(std::string_view(text).substr(at, piece));
      at += piece;
    }
    EXPECT_EQ(out + start.flush(), " set back. Its log shows that the clock is");
  }
}

}  // namespace
}  // namespace tandem::gateway
