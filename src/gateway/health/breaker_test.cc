#include "gateway/health/breaker.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace tandem::gateway {
namespace {

using State = Breaker::State;

BreakerConfig options_of(int64_t min_calls = 10) {
  BreakerConfig options;
  options.min_calls = min_calls;
  options.failure_percent = 50;
  options.window_ms = 10'000;
  options.open_ms = 1'000;
  options.longest_open_ms = 4'000;
  options.probes = 2;
  return options;
}

void fail_times(Breaker& breaker, int times, const BreakerConfig& options, SteadyUs now_us) {
  for (int i = 0; i < times; ++i) {
    if (breaker.allow(options, now_us)) breaker.record(Outcome::Failure, options, now_us);
  }
}

TEST(Breaker, OpensAtTheRateAndNotBelowTheLeastNumber) {
  const BreakerConfig options = options_of();
  Breaker breaker;
  fail_times(breaker, 9, options, 0);
  EXPECT_EQ(breaker.state(), State::Closed) << "nine calls say nothing yet";
  EXPECT_TRUE(breaker.record(Outcome::Failure, options, 0));
  EXPECT_EQ(breaker.state(), State::Open);
  EXPECT_EQ(breaker.wait_ms(0), 1'000);
  EXPECT_FALSE(breaker.allow(options, 999'999));
  EXPECT_TRUE(breaker.allow(options, 1'000'000));
  EXPECT_EQ(breaker.state(), State::HalfOpen);
}

TEST(Breaker, AMinorityOfFailuresLeavesItClosed) {
  const BreakerConfig options = options_of();
  Breaker breaker;
  for (int i = 0; i < 1000; ++i) {
    breaker.record(i % 5 < 3 ? Outcome::Success : Outcome::Failure, options, i * 1000);
  }
  EXPECT_EQ(breaker.state(), State::Closed) << "two in five fail, half may";
}

TEST(Breaker, OldOutcomesAreForgotten) {
  const BreakerConfig options = options_of();
  Breaker breaker;
  fail_times(breaker, 9, options, 0);
  fail_times(breaker, 9, options, 11'000'000);
  EXPECT_EQ(breaker.state(), State::Closed) << "never ten within ten seconds";
}

TEST(Breaker, ProbesCloseItOrOpenItForLonger) {
  const BreakerConfig options = options_of();
  Breaker breaker;
  fail_times(breaker, 10, options, 0);
  EXPECT_TRUE(breaker.allow(options, 1'000'000));
  EXPECT_TRUE(breaker.allow(options, 1'000'000));
  EXPECT_FALSE(breaker.allow(options, 1'000'000)) << "two probes at a time";
  EXPECT_TRUE(breaker.record(Outcome::Failure, options, 1'000'000));
  EXPECT_EQ(breaker.wait_ms(1'000'000), 2'000) << "twice as long";
  EXPECT_FALSE(breaker.record(Outcome::Success, options, 1'500'000)) << "a late probe";
  EXPECT_EQ(breaker.state(), State::Open);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(breaker.allow(options, 3'000'000));
    breaker.record(Outcome::Success, options, 3'000'000);
  }
  EXPECT_EQ(breaker.state(), State::Closed);
  fail_times(breaker, 10, options, 4'000'000);
  EXPECT_EQ(breaker.wait_ms(4'000'000), 1'000) << "it was well in between";
}

TEST(Breaker, ARefusalSaysNothingAndGivesItsProbeBack) {
  const BreakerConfig options = options_of();
  Breaker breaker;
  for (int i = 0; i < 100; ++i) breaker.record(Outcome::Neutral, options, 0);
  EXPECT_EQ(breaker.state(), State::Closed);
  fail_times(breaker, 10, options, 0);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(breaker.allow(options, 2'000'000)) << i;
    breaker.record(Outcome::Neutral, options, 2'000'000);
  }
}

TEST(Breaker, ACallOfBeforeIsNoProbe) {
  const BreakerConfig options = options_of();
  Breaker breaker;
  ASSERT_TRUE(breaker.allow(options, 0));  // takes long
  fail_times(breaker, 10, options, 0);
  ASSERT_TRUE(breaker.allow(options, 1'000'000));
  ASSERT_TRUE(breaker.allow(options, 1'000'000));
  EXPECT_FALSE(breaker.record(Outcome::Failure, options, 1'100'000, 0));
  EXPECT_EQ(breaker.state(), State::HalfOpen) << "its failure is an old one";
  EXPECT_FALSE(breaker.allow(options, 1'100'000)) << "and it makes no room for a third probe";
}

TEST(Breaker, SlowCallsCountWhereTheyAreAskedFor) {
  BreakerConfig options = options_of();
  options.slow_ms = 500;
  options.slow_percent = 80;
  Breaker breaker;
  for (int i = 0; i < 2; ++i) breaker.record(Outcome::Success, options, 0);
  for (int i = 0; i < 7; ++i) breaker.record(Outcome::Slow, options, 0);
  EXPECT_EQ(breaker.state(), State::Closed);
  EXPECT_TRUE(breaker.record(Outcome::Slow, options, 0)) << "eight of ten";
}

// Random schedules against a target that is well or broken for random times. Whatever happens:
// calls stop soon after it broke, never more probes than allowed are under way, and calls come back
// soon after it is well.
TEST(Breaker, SimulatedSchedules) {
  const BreakerConfig options = options_of();
  constexpr int64_t kStepUs = 10'000;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    std::mt19937_64 random(seed);
    Breaker breaker;
    bool well = true;
    SteadyUs now_us = 0, changes_us = 0, well_since_us = 0, broken_since_us = 0;
    std::deque<SteadyUs> begun;  // calls under way
    for (int step = 0; step < 5'000; ++step, now_us += kStepUs) {
      if (now_us >= changes_us) {
        well = !well;
        (well ? well_since_us : broken_since_us) = now_us;
        changes_us = now_us + std::uniform_int_distribution<int64_t>(1, 30'000'000)(random);
      }
      const State before = breaker.state();
      if (breaker.allow(options, now_us)) {
        begun.push_back(now_us);
        ASSERT_NE(breaker.state(), State::Open);
      } else {
        ASSERT_NE(before, State::Closed);
        if (well) {
          ASSERT_LE(now_us - well_since_us, 4'000'000 + 2'000'000)
              << "seed " << seed << ": it is kept away from a target that is well";
        }
      }
      while (!begun.empty() && now_us - begun.front() >= 100'000) {
        begun.pop_front();
        const bool opened =
            breaker.record(well ? Outcome::Success : Outcome::Failure, options, now_us);
        if (opened) ASSERT_FALSE(well) << "seed " << seed;
      }
      if (!well && breaker.state() == State::Closed) {
        ASSERT_LE(now_us - broken_since_us, 11'000'000) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace tandem::gateway
