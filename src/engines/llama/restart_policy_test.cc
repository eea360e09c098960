#include "engines/llama/restart_policy.h"

#include <gtest/gtest.h>

namespace tandem::engines {
namespace {

constexpr SteadyUs kSecond = 1'000'000;
const RestartLimits kLimits{.first_delay_ms = 1'000,
                            .max_delay_ms = 5'000,
                            .crashes_in_a_row = 5,
                            .stable_ms = 60'000,
                            .cool_down_ms = 90'000};

TEST(RestartPolicy, DelaysDoubleUpToTheLimit) {
  RestartPolicy policy(kLimits);
  // Without luck (random = 0) a delay is half of its nominal 1, 2, 4, 5 s.
  EXPECT_EQ(policy.on_death(0, {}, 0).at_us, kSecond / 2);
  EXPECT_EQ(policy.on_death(0, {}, 0).at_us, kSecond);
  EXPECT_EQ(policy.on_death(0, {}, 0).at_us, 2 * kSecond);
  const auto fourth = policy.on_death(0, {}, 0);
  EXPECT_EQ(fourth.at_us, 5 * kSecond / 2);
  EXPECT_FALSE(fourth.resting);
}

TEST(RestartPolicy, HalfOfTheDelayIsRandom) {
  RestartPolicy policy(kLimits);
  EXPECT_EQ(policy.on_death(10 * kSecond, {}, 0.5).at_us, 10 * kSecond + 750'000);
}

TEST(RestartPolicy, RestsAfterTooManyDeathsInARow) {
  RestartPolicy policy(kLimits);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(policy.on_death(0, {}, 0).resting);
  const auto fifth = policy.on_death(7 * kSecond, {}, 0.9);
  EXPECT_TRUE(fifth.resting);
  EXPECT_EQ(fifth.at_us, 97 * kSecond);
  // After the rest one more death is enough to rest again.
  EXPECT_TRUE(policy.on_death(200 * kSecond, {}, 0).resting);
}

TEST(RestartPolicy, StableServiceForgivesEarlierDeaths) {
  RestartPolicy policy(kLimits);
  for (int i = 0; i < 4; ++i) policy.on_death(0, {}, 0);
  const auto after = policy.on_death(100 * kSecond, 40 * kSecond, 0);
  EXPECT_FALSE(after.resting);
  EXPECT_EQ(after.at_us, 100 * kSecond + kSecond / 2);
  EXPECT_EQ(policy.deaths_in_a_row(), 1);
}

TEST(RestartPolicy, ShortServiceForgivesNothing) {
  RestartPolicy policy(kLimits);
  for (int i = 0; i < 4; ++i) policy.on_death(0, {}, 0);
  EXPECT_TRUE(policy.on_death(100 * kSecond, 41 * kSecond, 0).resting);
}

TEST(RestartPolicy, LargeLimitsDoNotOverflow) {
  RestartLimits limits = kLimits;
  limits.crashes_in_a_row = 1'000;
  limits.max_delay_ms = 3'600'000;
  RestartPolicy policy(limits);
  for (int i = 0; i < 900; ++i) policy.on_death(0, {}, 0);
  EXPECT_EQ(policy.on_death(0, {}, 0).at_us, 1'800 * kSecond);
}

}  // namespace
}  // namespace tandem::engines
