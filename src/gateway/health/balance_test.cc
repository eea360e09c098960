#include "gateway/health/balance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace tandem::gateway {
namespace {

// How often each target comes first in 10,000 draws.
std::map<size_t, int> firsts(Balance balance, std::vector<int64_t> weights,
                             std::vector<TargetLoad> loads) {
  SplitMix64 random(7);
  std::map<size_t, int> first;
  for (int i = 0; i < 10'000; ++i) ++first[balanced_order(balance, weights, loads, random)[0]];
  return first;
}

TEST(Balance, EveryTargetStandsByOnceAndThoseOfWeightZeroLast) {
  SplitMix64 random(1);
  for (const Balance balance : {Balance::Weight, Balance::LeastOutstanding, Balance::Latency}) {
    const std::vector<int64_t> weights{1, 0, 5, 0};
    const std::vector<TargetLoad> loads(4);
    std::vector<size_t> order = balanced_order(balance, weights, loads, random);
    EXPECT_EQ(order[2], 1u);
    EXPECT_EQ(order[3], 3u);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3}));
  }
}

TEST(Balance, WeightDoesNotLookAtLoads) {
  auto first = firsts(Balance::Weight, {3, 1}, {{100, 1e6}, {0, 1}});
  EXPECT_NEAR(first[0], 7'500, 150);
}

TEST(Balance, TheLessBusyOfTwo) {
  auto first = firsts(Balance::LeastOutstanding, {1, 1}, {{4, 0}, {3, 0}});
  EXPECT_EQ(first[1], 10'000);
  // Of three equal weights the busiest is first only where it is drawn first and second: never.
  first = firsts(Balance::LeastOutstanding, {1, 1, 1}, {{9, 0}, {5, 0}, {1, 0}});
  EXPECT_EQ(first[0], 0);
  EXPECT_NEAR(first[1], 10'000 / 3, 200) << "drawn together with the busiest: one pair of three";
}

TEST(Balance, LatencyTimesCallsUnderWay) {
  auto first = firsts(Balance::Latency, {1, 1}, {{0, 900}, {3, 200}});
  EXPECT_EQ(first[1], 10'000) << "200 × 4 is less than 900 × 1";
  first = firsts(Balance::Latency, {1, 1}, {{0, 900}, {4, 200}});
  EXPECT_EQ(first[0], 10'000) << "200 × 5 is more";
  first = firsts(Balance::Latency, {1, 1}, {{0, 1}, {0, 0}});
  EXPECT_EQ(first[1], 10'000) << "one that nobody knows is tried";
}

TEST(Balance, TheCheapestAndThoseWithoutAPriceLast) {
  auto first = firsts(Balance::Cost, {1, 1, 1}, {{0, 0, 300}, {9, 9, 100}, {0, 0, std::nullopt}});
  EXPECT_EQ(first[1], 10'000) << "however busy";
  first = firsts(Balance::Cost, {3, 1, 1}, {{0, 0, 100}, {0, 0, 100}, {0, 0, 101}});
  EXPECT_NEAR(first[0], 7'500, 150) << "equals are drawn by weight";
  SplitMix64 random(1);
  const std::vector<TargetLoad> loads{{0, 0, std::nullopt}, {0, 0, 7}, {0, 0, 5}};
  EXPECT_EQ(balanced_order(Balance::Cost, std::vector<int64_t>{1, 1, 1}, loads, random),
            (std::vector<size_t>{2, 1, 0}));
}

TEST(Balance, ThoseThatStandAsideComeLast) {
  std::vector<TargetLoad> loads(3);
  loads[0].ejected = true;
  auto first = firsts(Balance::Weight, {8, 1, 1}, loads);
  EXPECT_EQ(first[0], 0);
  SplitMix64 random(1);
  EXPECT_EQ(balanced_order(Balance::Weight, std::vector<int64_t>{8, 1, 1}, loads, random).back(),
            0u);
}

TEST(TargetHealth, AFullOneIsLeftAloneAndEarnsNoProbe) {
  TargetHealth health;
  BreakerConfig breaker;
  ConcurrencyConfig two;
  two.max = 2;
  const TargetRules rules{breaker, two};
  EXPECT_EQ(health.ask(rules, 0, 0), Leave::Goes);
  EXPECT_EQ(health.ask(rules, 0, 0), Leave::Goes);
  EXPECT_EQ(health.ask(rules, 0, 0), Leave::Full);
  health.end(Outcome::Success, 1, rules, 0);
  EXPECT_EQ(health.ask(rules, 0, 0), Leave::Goes);
  health.set_down(true);
  health.end(Outcome::Success, 1, rules, 0);
  EXPECT_EQ(health.ask(rules, 0, 0), Leave::Down);
  EXPECT_EQ(health.load(0).outstanding, 1);
}

TEST(TargetHealth, LatencyGoesUpAtOnceAndDownSlowly) {
  TargetHealth health;
  const BreakerConfig options;
  const auto call = [&](SteadyUs now_us, int64_t latency_us) {
    ASSERT_TRUE(health.begin(options, 20, now_us));
    health.end(Outcome::Success, latency_us, options, now_us);
  };
  call(1'000'000, 100);
  EXPECT_NEAR(health.load(1'000'000).latency_us, 100, 1);
  call(1'000'000, 5'000);
  EXPECT_NEAR(health.load(1'000'000).latency_us, 5'000, 1);
  call(2'000'000, 100);  // a tenth of the decay time later: exp(-0.1) of the old, the rest new
  EXPECT_NEAR(health.load(2'000'000).latency_us, 5'000 * 0.9048 + 100 * 0.0952, 5);
  EXPECT_NEAR(health.load(12'000'000).latency_us, (5'000 * 0.9048 + 100 * 0.0952) * 0.3679, 5);
  EXPECT_EQ(health.load(2'000'000).outstanding, 0);
}

}  // namespace
}  // namespace tandem::gateway
