#include "loadgen/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace tandem::bench {
namespace {

// The independent source is a sorted list.
TEST(Histogram, QuantilesAgreeWithASortedListWithinATenthOfAPercent) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency(std::log(80'000.0), 1.5);
  Histogram histogram;
  std::vector<uint64_t> values;
  for (int i = 0; i < 50'000; ++i) {
    values.push_back(static_cast<uint64_t>(latency(random)));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double quantile : {0.0, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<size_t>(std::ceil(quantile * 50'000));
    const auto exact = static_cast<double>(values[rank == 0 ? 0 : rank - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(quantile)), exact, exact * 0.001 + 1)
        << quantile;
  }
  EXPECT_EQ(histogram.max(), values.back());
}

TEST(Histogram, SmallValuesAreExactAndMergingAdds) {
  Histogram a;
  Histogram b;
  a.record(1);
  a.record(2);
  b.record(1000);
  a.merge(b);
  EXPECT_EQ(a.count(), 3U);
  EXPECT_EQ(a.quantile(0.3), 1U);
  EXPECT_EQ(a.quantile(0.5), 2U);
  EXPECT_EQ(a.quantile(0.99), 1000U);
  EXPECT_NEAR(a.mean(), 334.33, 0.01);
}

TEST(Histogram, HoldsNothingAndTheLongest) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.99), 0U);
  histogram.record(~uint64_t{0});
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_GT(histogram.quantile(0.5), uint64_t{1} << 41);
}

}  // namespace
}  // namespace tandem::bench
