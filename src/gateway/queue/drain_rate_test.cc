#include "gateway/queue/drain_rate.h"

#include <gtest/gtest.h>

namespace tandem::gateway {
namespace {

TEST(DrainRate, SecondsUntilServed) {
  DrainRate rate;
  EXPECT_EQ(rate.seconds_until_served(0, 0), 5) << "nobody knows yet";
  // 2 a second for ten seconds: 20 calls.
  for (int64_t at_us = 100'000'000; at_us < 110'000'000; at_us += 500'000) rate.ended(at_us);
  EXPECT_EQ(rate.seconds_until_served(9, 109'999'999), 5) << "10 calls at 2 a second";
  EXPECT_EQ(rate.seconds_until_served(0, 109'999'999), 1) << "never less";
  EXPECT_EQ(rate.seconds_until_served(100'000, 109'999'999), 300) << "nor more";
}

TEST(DrainRate, OldEndsAreForgotten) {
  DrainRate rate;
  for (int i = 0; i < 1000; ++i) rate.ended(1'000'000);
  EXPECT_EQ(rate.seconds_until_served(0, 60'000'000), 30) << "none has ended lately";
}

TEST(DrainRate, ABurstOfTheFirstSecond) {
  DrainRate rate;
  for (int i = 0; i < 10; ++i) rate.ended(5'000'000 + i);
  EXPECT_EQ(rate.seconds_until_served(19, 5'000'100), 2) << "20 calls at 10 a second at least";
}

}  // namespace
}  // namespace tandem::gateway
