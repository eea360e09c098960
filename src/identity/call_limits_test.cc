// Limits that the API sets: stored, in force, and whole again after a restart.
#include "identity/call_limits.h"

#include <gtest/gtest.h>

#include "base/time/calendar.h"
#include "identity/schema.h"
#include "store/migrations.h"
#include "store/testing/test_db.h"

namespace tandem::identity {
namespace {

const WallUs kNoon = *time::parse("2026-11-24T12:00:00Z");
const CallLimitsService::Name kShop{LimitScope::Project, "shop"};

class CallLimitsTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  CallLimitsTest() : db_(GetParam()) {
    EXPECT_TRUE(store::migrate(*db_, migrations()).has_value());
    restart();
  }
  void restart() {
    limits_ = std::make_unique<RateLimits>();
    service_ = std::make_unique<CallLimitsService>(*db_, *limits_);
    const auto used = [](LimitScope scope, std::string_view id,
                         WallUs from_us) -> Result<LimitUse> {
      if (scope != LimitScope::Project || id != "shop") return LimitUse{};
      return from_us == *time::parse("2026-11-01T00:00:00Z") ? LimitUse{70, 7'000}
                                                             : LimitUse{3, 300};
    };
    ASSERT_TRUE(service_->load(used, kNoon).has_value());
  }
  std::optional<RateState> requests() {
    return limits_->scopes().states(kShop.first, kShop.second, {1'000'000, kNoon}).requests;
  }
  store::testing::TestDb db_;
  std::unique_ptr<RateLimits> limits_;
  std::unique_ptr<CallLimitsService> service_;
};
INSTANTIATE_TEST_SUITE_P(Both, CallLimitsTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(CallLimitsTest, AreInForceAtOnceAndAfterARestart) {
  const auto made = service_->put(kShop, {.requests_per_day = 10}, std::nullopt, kNoon);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->version, 1);
  EXPECT_EQ(requests()->remaining, 7) << "three were used before, says the ledger";
  restart();
  EXPECT_EQ(requests()->remaining, 7);
  ASSERT_TRUE(service_->put(kShop, {.requests_per_month = 100}, 1, kNoon + 1).has_value());
  EXPECT_EQ(requests()->remaining, 30);
  EXPECT_EQ(service_->put(kShop, {.requests_per_month = 100}, 1, kNoon).error().code,
            Code::VersionConflict);
  ASSERT_TRUE(service_->remove(kShop).has_value());
  EXPECT_FALSE(requests().has_value());
  EXPECT_EQ(service_->remove(kShop).error().code, Code::NotFound);
  EXPECT_FALSE(service_->put(kShop, {}, std::nullopt, kNoon).has_value());
  EXPECT_FALSE(service_->put({LimitScope::Team, "no id"}, {.requests_per_day = 1}, {}, kNoon));
}

TEST_P(CallLimitsTest, OtherNodesChangesAreTakenIn) {
  RateLimits others;
  CallLimitsService other(*db_, others);
  ASSERT_TRUE(other.load({}, kNoon).has_value());
  ASSERT_TRUE(other.put(kShop, {.requests_per_day = 5}, std::nullopt, kNoon).has_value());
  EXPECT_FALSE(requests().has_value());
  ASSERT_TRUE(service_->refresh_now(kNoon).has_value());
  EXPECT_EQ(requests()->limit, 5);
  ASSERT_TRUE(other.remove(kShop).has_value());
  ASSERT_TRUE(service_->refresh_now(kNoon).has_value());
  EXPECT_FALSE(requests().has_value());
}

}  // namespace
}  // namespace tandem::identity
