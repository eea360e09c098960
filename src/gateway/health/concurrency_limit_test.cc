#include "gateway/health/concurrency_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <random>

namespace tandem::gateway {
namespace {

using Kind = ConcurrencyLimit::Sample::Kind;

ConcurrencyConfig options_of(int64_t max, bool adaptive, int64_t min = 1) {
  ConcurrencyConfig options;
  options.max = max;
  options.adaptive = adaptive;
  options.min = min;
  return options;
}

// `calls` at once, that all end with the same sample.
void round_of(ConcurrencyLimit& limit, int64_t calls, ConcurrencyLimit::Sample sample,
              const ConcurrencyConfig& options, SteadyUs now_us) {
  int64_t begun = 0;
  while (begun < calls && limit.begin(options)) ++begun;
  while (begun-- > 0) limit.end(sample, options, now_us);
}

TEST(ConcurrencyLimit, AFixedNumber) {
  const ConcurrencyConfig options = options_of(2, false);
  ConcurrencyLimit limit;
  EXPECT_TRUE(limit.begin(options));
  EXPECT_TRUE(limit.begin(options));
  EXPECT_FALSE(limit.begin(options));
  limit.end({Kind::Dropped, 1}, options, 10);
  EXPECT_TRUE(limit.begin(options));
  EXPECT_FALSE(limit.begin(options));
  EXPECT_EQ(limit.limit(options), 2);
}

TEST(ConcurrencyLimit, OffTakesAnyNumber) {
  ConcurrencyLimit limit;
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(limit.begin({}));
  EXPECT_EQ(limit.going(), 10'000);
}

// Answers one by one until what is usual has been measured.
void get_to_know(ConcurrencyLimit& limit, int64_t latency_us, const ConcurrencyConfig& options) {
  for (int i = 0; i < 10; ++i) {
    round_of(limit, 1, {Kind::Answered, latency_us}, options, 500'000 + i * latency_us);
  }
}

TEST(ConcurrencyLimit, BeginsWithAQuarterUntilItKnowsWhatIsUsual) {
  const ConcurrencyConfig options = options_of(100, true);
  ConcurrencyLimit limit;
  EXPECT_EQ(limit.limit(options), 5);
  get_to_know(limit, 1'000, options);
  EXPECT_EQ(limit.limit(options), 20);
}

TEST(ConcurrencyLimit, ARefusalTakesATenthOnceForCallsOfTheSameTime) {
  const ConcurrencyConfig options = options_of(100, true);
  ConcurrencyLimit limit;
  get_to_know(limit, 1'000, options);
  round_of(limit, 10, {Kind::Dropped, 5'000}, options, 1'000'000);
  EXPECT_EQ(limit.limit(options), 18) << "20 × 0.9, though ten were refused";
  round_of(limit, 10, {Kind::Dropped, 5'000}, options, 1'002'000);
  EXPECT_EQ(limit.limit(options), 18) << "they began before it was lowered";
  round_of(limit, 10, {Kind::Dropped, 5'000}, options, 1'010'000);
  EXPECT_EQ(limit.limit(options), 16) << "18 × 0.9 = 16.2";
}

TEST(ConcurrencyLimit, NeverBelowMinNorAboveMax) {
  const ConcurrencyConfig options = options_of(30, true, 4);
  ConcurrencyLimit limit;
  get_to_know(limit, 100, options);
  for (int i = 1; i < 100; ++i) {
    round_of(limit, 1, {Kind::Dropped, 1}, options, i * 1'000'000);
  }
  EXPECT_EQ(limit.limit(options), 4);
  for (int i = 1; i < 100; ++i) {
    round_of(limit, 30, {Kind::Answered, 100}, options, 200'000'000 + i * 1'000);
  }
  EXPECT_EQ(limit.limit(options), 30);
}

TEST(ConcurrencyLimit, OneThatIsNotUsedDoesNotGrow) {
  const ConcurrencyConfig options = options_of(1000, true);
  ConcurrencyLimit limit;
  for (int i = 0; i < 1000; ++i) {
    round_of(limit, 1, {Kind::Answered, 100}, options, i * 1'000);
  }
  EXPECT_EQ(limit.limit(options), 20);
}

// A server that answers `knee` calls at a time, 10 ms each, and lets the others queue: the limit
// must stay near the knee, however many calls want to go.
TEST(ConcurrencyLimit, FindsTheKneeOfAServer) {
  for (const int64_t knee : {4, 16, 64}) {
    const ConcurrencyConfig options = options_of(1000, true);
    ConcurrencyLimit limit;
    std::deque<SteadyUs> begun;
    SteadyUs now_us = 1'000'000;
    int64_t sum = 0, rounds = 0;
    for (int step = 0; step < 4'000; ++step) {
      now_us += 10'000;
      for (int64_t i = 0; i < knee && !begun.empty(); ++i) {
        limit.end({Kind::Answered, now_us - begun.front()}, options, now_us);
        begun.pop_front();
      }
      while (limit.begin(options)) begun.push_back(now_us);
      if (step < 2'000) continue;
      sum += limit.limit(options);
      ++rounds;
    }
    const int64_t average = sum / rounds;
    EXPECT_GE(average, knee) << "it must not starve the server";
    EXPECT_LE(average, 3 * knee + 8) << "nor let a crowd queue there";
  }
}

// Answers that take from 20 ms to 2 s for reasons of their own, the server never being crowded: the
// limit must leave it room.
TEST(ConcurrencyLimit, VariedAnswersAreNoCrowd) {
  const ConcurrencyConfig options = options_of(200, true);
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency_ms(std::log(200.0), 0.8);
  ConcurrencyLimit limit;
  std::multimap<SteadyUs, SteadyUs> ends;  // and when each began
  SteadyUs now_us = 1'000'000;
  double sum = 0;
  for (int step = 0; step < 40'000; ++step) {
    while (limit.begin(options)) {
      const auto takes_us = static_cast<SteadyUs>(latency_ms(random) * 1000);
      ends.emplace(now_us + takes_us, now_us);
    }
    const auto first = *ends.begin();
    ends.erase(ends.begin());
    now_us = first.first;
    limit.end({Kind::Answered, now_us - first.second}, options, now_us);
    if (step >= 20'000) sum += static_cast<double>(limit.limit(options));
  }
  EXPECT_GE(sum / 20'000, 60);
}

// Where the target itself becomes slower for good, that is what is usual from then on.
TEST(ConcurrencyLimit, ANewSpeedIsLearnt) {
  const ConcurrencyConfig options = options_of(50, true);
  ConcurrencyLimit limit;
  SteadyUs now_us = 1'000'000;
  int64_t fewest = 50, most = 0;
  for (int i = 0; i < 5'000; ++i) {
    const int64_t latency_us = i < 500 ? 10'000 : 100'000;
    now_us += latency_us;
    round_of(limit, limit.limit(options), {Kind::Answered, latency_us}, options, now_us);
    if (i >= 500) fewest = std::min(fewest, limit.limit(options));
    if (i >= 2'000) most = std::max(most, limit.limit(options));
  }
  EXPECT_LE(fewest, 4) << "first it looks like a crowd";
  EXPECT_GE(most, 45);
}

}  // namespace
}  // namespace tandem::gateway
