#include "gateway/attempt_plan.h"

#include <gtest/gtest.h>

#include <map>

#include "gateway/health/balance.h"

namespace tandem::gateway {
namespace {

using enum FailureKind;

AttemptPlan plan_of(std::vector<int64_t> weights, size_t fallbacks, int64_t retries,
                    uint64_t seed = 1) {
  static std::map<int64_t, RetriesConfig> configs;  // the plan refers to its configuration
  RetriesConfig& config = configs[retries];
  config.max = retries;
  SplitMix64 random(seed);
  return AttemptPlan(balanced_order(Balance::Weight, weights, {}, random), fallbacks, config, seed);
}

TEST(AttemptPlan, DrawsByWeight) {
  std::map<size_t, int> drawn;
  for (uint64_t seed = 0; seed < 10'000; ++seed)
    ++drawn[plan_of({3, 1, 0}, 0, 0, seed).first()->target];
  EXPECT_NEAR(drawn[0], 7500, 200);
  EXPECT_NEAR(drawn[1], 2500, 200);
  EXPECT_EQ(drawn[2], 0);
}

TEST(AttemptPlan, TriesAgainThenFallsOver) {
  AttemptPlan plan = plan_of({1}, 1, 2);
  EXPECT_EQ(plan.first()->target, 0u);
  EXPECT_EQ(plan.next(ServerError, {}, 10'000)->target, 0u);
  EXPECT_EQ(plan.next(Reset, {}, 10'000)->target, 0u);
  EXPECT_EQ(plan.next(Timeout, {}, 10'000)->target, 1u);
  EXPECT_EQ(plan.next(ServerError, {}, 10'000)->target, 1u);
  EXPECT_EQ(plan.next(ServerError, {}, 10'000)->target, 1u);
  EXPECT_FALSE(plan.next(ServerError, {}, 10'000));
}

TEST(AttemptPlan, HonoursRetryAfterWhereItFits) {
  AttemptPlan plan = plan_of({1}, 1, 2);
  plan.first();
  const auto again = plan.next(RateLimited, 700, 10'000);
  EXPECT_EQ(again->target, 0u);
  EXPECT_EQ(again->pause_ms, 700);
  EXPECT_EQ(plan.next(RateLimited, 60'000, 10'000)->target, 1u);
}

TEST(AttemptPlan, ContextLengthGoesOnAndRejectionStops) {
  AttemptPlan plan = plan_of({1}, 2, 5);
  plan.first();
  EXPECT_EQ(plan.next(ContextLength, {}, 10'000)->target, 1u);
  EXPECT_FALSE(plan.next(Rejected, {}, 10'000));
}

TEST(AttemptPlan, PausesGrowWithFullJitterAndStayInTheDeadline) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    AttemptPlan plan = plan_of({1}, 0, 10, seed);
    plan.first();
    int64_t ceiling = 50;
    while (const auto step = plan.next(ServerError, {}, 3'000)) {
      EXPECT_LE(step->pause_ms, std::min<int64_t>(ceiling, 5'000));
      EXPECT_LT(step->pause_ms, 3'000);
      ceiling *= 2;
    }
  }
  AttemptPlan late = plan_of({1}, 1, 2);
  late.first();
  EXPECT_FALSE(late.next(ServerError, {}, 0));
}

TEST(AttemptPlan, OnlyTriesAgainWhatTheEndpointNames) {
  RetriesConfig config;
  config.max = 3;
  config.on = {"reset"};
  AttemptPlan plan({0}, 1, config, 1);
  plan.first();
  EXPECT_EQ(plan.next(ServerError, {}, 10'000)->target, 1u);
  EXPECT_EQ(plan.next(Reset, {}, 10'000)->target, 1u);
}

}  // namespace
}  // namespace tandem::gateway
