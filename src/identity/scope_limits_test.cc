#include "identity/scope_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/time/calendar.h"
#include "identity/rate_limits.h"

namespace tandem::identity {
namespace {

const WallUs kEvening = *time::parse("2026-11-30T23:59:50Z");
constexpr int64_t kSecond = 1'000'000;
const LimitTimes kNow{1'000 * kSecond, kEvening};

LimitSubjects shop(std::string_view key = "k1", std::string_view endpoint = "chat") {
  return {"shop", "support", "ann", key, endpoint};
}

class ScopeLimitsTest : public ::testing::Test {
 protected:
  Result<void> admit(const LimitSubjects& subjects, int64_t tokens, LimitTimes now = kNow) {
    taken_ = {};
    states_ = {};
    return limits_.admit(subjects, tokens, now, taken_, states_);
  }
  void set(LimitScope scope, std::string_view id, const CallLimits& limits, LimitUse day = {},
           LimitUse month = {}) {
    limits_.set(scope, id, limits, day, month, kEvening);
  }
  ScopeLimits limits_;
  ScopeLimits::Taken taken_;
  RateStates states_;
};

// Every scope with every window and unit: two calls of ten tokens fit, the third does not.
TEST_F(ScopeLimitsTest, EachScopeWindowAndUnitCanBeLimited) {
  using Member = std::optional<int64_t> CallLimits::*;
  const std::pair<Member, std::string_view> members[] = {
      {&CallLimits::requests_per_minute, "2 requests a minute"},
      {&CallLimits::tokens_per_minute, "20 tokens a minute"},
      {&CallLimits::requests_per_day, "2 requests a day"},
      {&CallLimits::tokens_per_day, "20 tokens a day"},
      {&CallLimits::requests_per_month, "2 requests a month"},
      {&CallLimits::tokens_per_month, "20 tokens a month"}};
  const auto ids = shop();
  for (size_t scope = 0; scope < kLimitScopes; ++scope) {
    for (const auto& [member, sentence] : members) {
      CallLimits limits;
      limits.*member = sentence.starts_with("20") ? 20 : 2;
      set(static_cast<LimitScope>(scope), ids[scope], limits);
      EXPECT_TRUE(admit(shop(), 10).has_value());
      EXPECT_TRUE(admit(shop(), 10).has_value());
      const auto refused = admit(shop(), 10);
      ASSERT_FALSE(refused.has_value()) << sentence;
      EXPECT_EQ(refused.error().code, Code::RateLimited);
      EXPECT_THAT(refused.error().message, testing::HasSubstr(std::string(sentence)));
      EXPECT_THAT(refused.error().message, testing::HasSubstr(std::string(ids[scope])));
      set(static_cast<LimitScope>(scope), ids[scope], {});
      EXPECT_FALSE(limits_.any());
    }
  }
}

TEST_F(ScopeLimitsTest, DaysAndMonthsBeginAtMidnightUtc) {
  set(LimitScope::Project, "shop", {.requests_per_day = 1, .tokens_per_month = 100});
  ASSERT_TRUE(admit(shop(), 60).has_value());
  EXPECT_EQ(states_.requests->remaining, 0);
  EXPECT_EQ(states_.requests->reset_us, 10 * kSecond);
  EXPECT_EQ(states_.tokens->remaining, 40);
  const auto refused = admit(shop(), 60);
  EXPECT_EQ(refused.error().retry_after_s, 10);
  EXPECT_TRUE(admit(shop(), 60, {kNow.steady_us + 10 * kSecond, kEvening + 10 * kSecond}));
}

TEST_F(ScopeLimitsTest, ACallIsCountedEverywhereOrNowhere) {
  set(LimitScope::Project, "shop", {.requests_per_minute = 10});
  set(LimitScope::Endpoint, "chat", {.requests_per_day = 1});
  ASSERT_TRUE(admit(shop(), 1).has_value());
  EXPECT_FALSE(admit(shop(), 1).has_value());
  EXPECT_FALSE(admit(shop("k2"), 1).has_value());
  EXPECT_EQ(limits_.states(LimitScope::Project, "shop", kNow).requests->remaining, 9);
  ASSERT_TRUE(admit(shop("k1", "embed"), 1).has_value());
  EXPECT_EQ(limits_.states(LimitScope::Project, "shop", kNow).requests->remaining, 8);
  EXPECT_TRUE(admit({"desk", "", "", "k9", "embed"}, 1).has_value()) << "another project";
}

TEST_F(ScopeLimitsTest, WhatACallReallyTookReplacesTheEstimate) {
  set(LimitScope::User, "ann", {.tokens_per_minute = 100, .tokens_per_day = 1000});
  ASSERT_TRUE(admit(shop(), 90).has_value());
  limits_.correct(taken_, 30);
  EXPECT_EQ(limits_.states(LimitScope::User, "ann", kNow).tokens->remaining, 70);
  limits_.correct(taken_, 0);
  limits_.correct(taken_, 95);
  EXPECT_EQ(limits_.states(LimitScope::User, "ann", kNow).tokens->remaining, 5);
  // The next day knows nothing of it.
  const LimitTimes tomorrow{kNow.steady_us + 120 * kSecond, kEvening + 120 * kSecond};
  ASSERT_TRUE(admit({"", "", "ann", "", ""}, 10, tomorrow).has_value());
  limits_.correct(taken_, 10);
  EXPECT_EQ(limits_.states(LimitScope::User, "ann", tomorrow).tokens->remaining, 90);
}

TEST_F(ScopeLimitsTest, WhatWasUsedBeforeARestartCounts) {
  set(LimitScope::Team, "support", {.requests_per_day = 10, .tokens_per_month = 1000}, {8, 500},
      {20, 900});
  ASSERT_TRUE(admit(shop(), 50).has_value());
  EXPECT_EQ(states_.requests->remaining, 1);
  EXPECT_EQ(states_.tokens->remaining, 50);
  // Set again with what the ledger knew a moment ago: nothing is forgotten and nothing doubled.
  set(LimitScope::Team, "support", {.requests_per_day = 10}, {8, 500}, {20, 900});
  EXPECT_EQ(limits_.states(LimitScope::Team, "support", kNow).requests->remaining, 1);
}

TEST(RateLimitsOfScopes, HeadersAreThoseOfTheTightest) {
  RateLimits limits;
  limits.set(KeyId("k1"), {.requests_per_minute = 60, .tokens_per_minute = {}});
  limits.scopes().set(LimitScope::Project, "shop", {.requests_per_day = 5}, {}, {}, kEvening);
  const auto first = limits.admit(KeyId("k1"), shop(), 10, kNow);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->states.requests->limit, 5);
  EXPECT_EQ(first->states.requests->remaining, 4);
  limits.scopes().set(LimitScope::Project, "shop", {.requests_per_day = 500}, {}, {}, kEvening);
  EXPECT_EQ(limits.admit(KeyId("k1"), shop(), 10, kNow)->states.requests->limit, 60);
}

// A refusal by either side takes nothing of the other.
TEST(RateLimitsOfScopes, KeyAndScopesAreTakenTogether) {
  RateLimits limits;
  limits.set(KeyId("k1"), {.requests_per_minute = 2, .tokens_per_minute = {}});
  limits.scopes().set(LimitScope::Project, "shop", {.requests_per_day = 3}, {}, {}, kEvening);
  EXPECT_TRUE(limits.admit(KeyId("k1"), shop("k1"), 1, kNow).has_value());
  EXPECT_TRUE(limits.admit(KeyId("k1"), shop("k1"), 1, kNow).has_value());
  EXPECT_FALSE(limits.admit(KeyId("k1"), shop("k1"), 1, kNow).has_value()) << "the key";
  EXPECT_TRUE(limits.admit(KeyId("k2"), shop("k2"), 1, kNow).has_value());
  EXPECT_FALSE(limits.admit(KeyId("k2"), shop("k2"), 1, kNow).has_value()) << "the project";
  EXPECT_EQ(limits.scopes().states(LimitScope::Project, "shop", kNow).requests->remaining, 0);
}

TEST(RateLimitsOfScopes, RacingThreadsAreCountedExactly) {
  RateLimits limits;
  constexpr int64_t kProject = 3'000;
  constexpr int64_t kKey = 1'000;
  limits.scopes().set(LimitScope::Project, "shop",
                      {.tokens_per_day = 10 * kProject, .requests_per_month = kProject}, {}, {},
                      kEvening);
  for (const char* key : {"k0", "k1"}) {
    limits.set(KeyId(key), {.requests_per_minute = kKey, .tokens_per_minute = {}});
  }
  std::array<std::atomic<int64_t>, 4> admitted{};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const std::string key = "k" + std::to_string(t % 4);
      for (int i = 0; i < 2'000; ++i) {
        auto call = limits.admit(KeyId(key), shop(key), 10, kNow);
        if (!call) continue;
        ++admitted[static_cast<size_t>(t % 4)];
        limits.correct(*call, 5);
        limits.correct(*call, 10);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted[0] + admitted[1] + admitted[2] + admitted[3], kProject);
  EXPECT_LE(admitted[0], kKey);
  EXPECT_LE(admitted[1], kKey);
  EXPECT_EQ(limits.scopes().states(LimitScope::Project, "shop", kNow).tokens->remaining, 0);
}

}  // namespace
}  // namespace tandem::identity
