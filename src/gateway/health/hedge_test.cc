#include "gateway/health/hedge.h"

#include <gtest/gtest.h>

namespace tandem::gateway {
namespace {

using Action = Hedge::Action;

Action asks_second() {
  return {true, std::nullopt};
}
Action stops(size_t side) {
  return {false, side};
}

TEST(HedgeTest, AQuickFirstIsAlone) {
  Hedge hedge;
  EXPECT_EQ(hedge.began(0), Action());
  EXPECT_EQ(hedge.waited(), Action());
  EXPECT_FALSE(hedge.over());
  EXPECT_EQ(hedge.ended(0, true), Action());
  EXPECT_TRUE(hedge.over());
  EXPECT_EQ(hedge.result(), 0u);
  EXPECT_FALSE(hedge.asked_second());
}

TEST(HedgeTest, TheSecondIsAskedOnceTheFirstIsLateAndTheFirstToBeginStopsTheOther) {
  for (const size_t winner : {size_t{0}, size_t{1}}) {
    Hedge hedge;
    EXPECT_EQ(hedge.waited(), asks_second());
    EXPECT_EQ(hedge.waited(), Action());  // once
    EXPECT_EQ(hedge.began(winner), stops(1 - winner));
    EXPECT_EQ(hedge.ended(1 - winner, false), Action());
    EXPECT_FALSE(hedge.over());
    EXPECT_EQ(hedge.ended(winner, true), Action());
    EXPECT_TRUE(hedge.over());
    EXPECT_EQ(hedge.result(), winner);
  }
}

TEST(HedgeTest, WhereOneFailsTheOtherIsWaitedFor) {
  Hedge hedge;
  EXPECT_EQ(hedge.waited(), asks_second());
  EXPECT_EQ(hedge.ended(0, false), Action());
  EXPECT_FALSE(hedge.over());
  EXPECT_EQ(hedge.ended(1, true), Action());
  EXPECT_TRUE(hedge.over());
  EXPECT_EQ(hedge.result(), 1u);
}

TEST(HedgeTest, WhereBothFailTheFirstSaysWhy) {
  Hedge hedge;
  (void)hedge.waited();
  (void)hedge.ended(1, false);
  (void)hedge.ended(0, false);
  EXPECT_TRUE(hedge.over());
  EXPECT_EQ(hedge.result(), 0u);
}

// Its stream broke: that is the answer which the client has seen a part of.
TEST(HedgeTest, OneThatBeganAndBrokeIsTheOutcome) {
  Hedge hedge;
  (void)hedge.waited();
  EXPECT_EQ(hedge.began(1), stops(0));
  EXPECT_EQ(hedge.ended(1, false), Action());
  EXPECT_FALSE(hedge.over());
  EXPECT_EQ(hedge.ended(0, false), Action());
  EXPECT_EQ(hedge.result(), 1u);
}

TEST(HedgeTest, AFirstThatFailedEarlyHasNoSecond) {
  Hedge hedge;
  EXPECT_EQ(hedge.ended(0, false), Action());
  EXPECT_TRUE(hedge.over());
  EXPECT_EQ(hedge.waited(), Action());
}

TEST(HedgeTest, ASecondThatCannotBeAskedIsNotWaitedFor) {
  Hedge hedge;
  EXPECT_EQ(hedge.waited(), asks_second());
  hedge.not_asked();
  EXPECT_FALSE(hedge.asked_second());
  EXPECT_EQ(hedge.ended(0, true), Action());
  EXPECT_TRUE(hedge.over());
}

}  // namespace
}  // namespace tandem::gateway
