#include "gateway/health/outliers.h"

#include <gtest/gtest.h>

#include <vector>

namespace tandem::gateway {
namespace {

OutliersConfig options_of() {
  OutliersConfig options;
  options.enabled = true;
  options.min_calls = 20;
  options.eject_ms = 1'000;
  options.longest_eject_ms = 2'500;
  return options;
}

// Success rates 1, 1 and 0.4: mean 0.8, standard deviation 0.2828; 0.8 − 1.2 × 0.2828 = 0.4606.
TEST(Outliers, OneThatFailsMoreThanTheOthers) {
  const std::vector<PeerWindow> peers{{100, 0}, {100, 0}, {100, 60}};
  const OutliersConfig options = options_of();
  EXPECT_FALSE(stands_out(peers, 0, options));
  EXPECT_TRUE(stands_out(peers, 2, options));
  OutliersConfig strict = options;
  strict.factor_percent = 142;  // three targets are never √2 deviations apart
  EXPECT_FALSE(stands_out(peers, 2, strict));
}

TEST(Outliers, TwoTargetsOrTooFewCallsSayNothing) {
  const OutliersConfig options = options_of();
  EXPECT_FALSE(stands_out(std::vector<PeerWindow>{{100, 0}, {100, 100}}, 1, options));
  EXPECT_FALSE(stands_out(std::vector<PeerWindow>{{100, 0}, {19, 0}, {100, 90}}, 2, options));
  EXPECT_FALSE(stands_out(std::vector<PeerWindow>{{100, 0}, {100, 0}, {19, 19}}, 2, options));
}

TEST(Outliers, HalfOfThemFailingIsNotOneStandingOut) {
  const std::vector<PeerWindow> peers{{100, 0}, {100, 0}, {100, 100}, {100, 100}};
  for (size_t i = 0; i < peers.size(); ++i) EXPECT_FALSE(stands_out(peers, i, options_of()));
}

TEST(Outliers, AFewPointsAmongGoodTargetsAreNoise) {
  const std::vector<PeerWindow> peers{{1000, 0}, {1000, 0}, {1000, 0}, {1000, 60}};
  EXPECT_FALSE(stands_out(peers, 3, options_of())) << "4.5 points below the mean";
}

TEST(Outliers, AtMostHalfStandAside) {
  EXPECT_FALSE(may_eject(std::vector<PeerWindow>{{1, 1, false}}));
  EXPECT_TRUE(may_eject(std::vector<PeerWindow>{{1, 1, false}, {1, 1, false}}));
  EXPECT_FALSE(may_eject(std::vector<PeerWindow>{{1, 1, true}, {1, 1, false}, {1, 1, false}}));
  EXPECT_TRUE(may_eject(
      std::vector<PeerWindow>{{1, 1, true}, {1, 1, false}, {1, 1, false}, {1, 1, false}}));
}

TEST(Ejection, FailuresInARow) {
  const OutliersConfig options = options_of();
  Ejection ejection;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(ejection.record(true, options));
  EXPECT_FALSE(ejection.record(false, options));
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(ejection.record(true, options));
  EXPECT_TRUE(ejection.record(true, options));
}

TEST(Ejection, LongerEachTimeAndAnewAfterAGoodWhile) {
  const OutliersConfig options = options_of();
  Ejection ejection;
  ejection.eject(options, 10'000'000);
  EXPECT_EQ(ejection.until_us(), 11'000'000);
  EXPECT_TRUE(ejection.ejected(10'999'999));
  EXPECT_FALSE(ejection.ejected(11'000'000));
  ejection.eject(options, 12'000'000);
  EXPECT_EQ(ejection.until_us(), 14'000'000);
  ejection.eject(options, 14'000'000);
  EXPECT_EQ(ejection.until_us(), 16'500'000) << "never longer than 2.5 s";
  ejection.eject(options, 20'000'000);
  EXPECT_EQ(ejection.until_us(), 21'000'000) << "3.5 s of peace";
}

}  // namespace
}  // namespace tandem::gateway
