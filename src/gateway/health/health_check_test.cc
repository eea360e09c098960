#include "gateway/health/health_check.h"

#include <gtest/gtest.h>

namespace tandem::gateway {
namespace {

TEST(HealthCheck, DownAfterSomeBadAnswersAndUpAfterSomeGoodOnes) {
  HealthCheckConfig options;
  options.unhealthy = 3;
  options.healthy = 2;
  HealthCheck check;
  EXPECT_TRUE(check.up());
  EXPECT_FALSE(check.answered(false, options));
  EXPECT_FALSE(check.answered(false, options));
  EXPECT_FALSE(check.answered(true, options)) << "the row is broken";
  EXPECT_FALSE(check.answered(false, options));
  EXPECT_FALSE(check.answered(false, options));
  EXPECT_TRUE(check.answered(false, options));
  EXPECT_FALSE(check.up());
  EXPECT_FALSE(check.answered(true, options));
  EXPECT_FALSE(check.answered(false, options));
  EXPECT_FALSE(check.answered(true, options));
  EXPECT_TRUE(check.answered(true, options));
  EXPECT_TRUE(check.up());
}

}  // namespace
}  // namespace tandem::gateway
