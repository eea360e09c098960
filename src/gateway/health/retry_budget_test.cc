#include "gateway/health/retry_budget.h"

#include <gtest/gtest.h>

#include <random>

namespace tandem::gateway {
namespace {

TEST(RetryBudget, AFewTriesAreAlwaysThere) {
  RetryBudget budget;
  int tries = 0;
  while (budget.retry(0)) ++tries;
  EXPECT_EQ(tries, 100) << "ten seconds' worth of ten";
  EXPECT_FALSE(budget.retry(50'000)) << "half a try has come";
  EXPECT_TRUE(budget.retry(150'000));
  EXPECT_FALSE(budget.retry(150'000));
}

TEST(RetryBudget, AShareOfTheCalls) {
  RetryBudget budget;
  while (budget.retry(0)) {
  }
  for (int i = 0; i < 50; ++i) budget.call(20);
  int tries = 0;
  while (budget.retry(0)) ++tries;
  EXPECT_EQ(tries, 10);
}

// Every call fails and wants two more tries: whatever the schedule, no more go than were earned.
TEST(RetryBudget, SimulatedStorms) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    RetryBudget budget;
    SteadyUs now_us = 0;
    int64_t calls = 0, tries = 0;
    for (int step = 0; step < 20'000; ++step) {
      now_us += std::uniform_int_distribution<int64_t>(0, 2'000)(random);
      ++calls;
      budget.call(20);
      for (int i = 0; i < 2; ++i) tries += budget.retry(now_us) ? 1 : 0;
    }
    const double earned =
        100 + 0.2 * static_cast<double>(calls) + static_cast<double>(now_us) * 1e-5;
    ASSERT_LE(static_cast<double>(tries), earned) << "seed " << seed;
    ASSERT_GE(static_cast<double>(tries), 0.2 * static_cast<double>(calls)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tandem::gateway
