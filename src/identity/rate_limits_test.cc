#include "identity/rate_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "identity/rate_window.h"

namespace tandem::identity {
namespace {

constexpr SteadyUs kSecond = 1'000'000;
constexpr SteadyUs kMinute = 60 * kSecond;

// The plainest model that keeps the same promise: every use with its step, summed anew each time.
class Model {
 public:
  int64_t used(SteadyUs now) const {
    int64_t sum = 0;
    for (const auto& [step, amount] : uses_) sum += counts(step, now) ? amount : 0;
    return sum;
  }
  size_t add(int64_t amount, SteadyUs now) {
    uses_.emplace_back(now / RateWindow::kStepUs, amount);
    return uses_.size() - 1;
  }
  void correct(size_t use, int64_t amount) { uses_[use].second = amount; }
  // The first moment from `now` on at which `amount` fits, found by trying every step's end.
  std::optional<int64_t> wait(int64_t amount, int64_t limit, SteadyUs now) const {
    if (amount > limit) return std::nullopt;
    if (used(now) + amount <= limit) return 0;
    for (SteadyUs at = (now / RateWindow::kStepUs + 1) * RateWindow::kStepUs;;
         at += RateWindow::kStepUs) {
      if (used(at) + amount <= limit) return at - now;
    }
  }

 private:
  // Until the step in which the use's moment plus a minute lies has ended, in the header's words.
  static bool counts(int64_t step, SteadyUs now) {
    const int64_t minute_later = step + kMinute / RateWindow::kStepUs;
    return now / RateWindow::kStepUs <= minute_later;
  }
  std::vector<std::pair<int64_t, int64_t>> uses_;
};

TEST(RateWindow, AgreesWithTheModelOverRandomHistories) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int64_t most) { return static_cast<int64_t>(random() % (most + 1)); };
    RateWindow window;
    Model model;
    struct Use {
      size_t model;
      int64_t step, amount;
    };
    std::vector<Use> uses;
    SteadyUs now = pick(kMinute);
    const int64_t limit = 1 + pick(50);
    for (int i = 0; i < 200; ++i) {
      now += pick(10) == 0 ? pick(90 * kSecond) : pick(kSecond);
      ASSERT_EQ(window.used(now), model.used(now)) << seed << ":" << i;
      const int64_t amount = pick(limit + 2);
      const auto wait = window.wait_us(amount, limit, now);
      ASSERT_EQ(wait, model.wait(amount, limit, now)) << seed << ":" << i;
      if (wait == 0) uses.push_back({model.add(amount, now), window.add(amount, now), amount});
      if (!uses.empty() && pick(3) == 0) {
        Use& use = uses[static_cast<size_t>(pick(static_cast<int64_t>(uses.size()) - 1))];
        const int64_t real = pick(2 * limit);
        window.correct(use.step, real - use.amount);
        model.correct(use.model, real);
        use.amount = real;
      }
    }
  }
}

TEST(RateWindow, NoMinuteAnywhereHoldsMoreThanTheLimit) {
  std::mt19937 random(7);
  RateWindow window;
  std::vector<SteadyUs> admitted;
  SteadyUs now = 123'456;
  for (int i = 0; i < 20'000; ++i) {
    now += random() % 400'000;
    if (window.wait_us(1, 25, now) == 0) {
      window.add(1, now);
      admitted.push_back(now);
    }
  }
  ASSERT_GT(admitted.size(), 1000u);
  for (size_t i = 25; i < admitted.size(); ++i) {
    EXPECT_GE(admitted[i] - admitted[i - 25], kMinute);
    EXPECT_LT(admitted[i] - admitted[i - 25], kMinute + 2 * kSecond) << "stricter than needed";
  }
}

TEST(RateWindow, AClockThatLagsBehindAnotherThreadIsHarmless) {
  RateWindow window;
  const int64_t step = window.add(5, 10 * kSecond);
  EXPECT_EQ(window.add(7, 9 * kSecond), step);
  EXPECT_EQ(window.used(9 * kSecond), 12);
  window.correct(step, -12);
  EXPECT_EQ(window.used(10 * kSecond), 0);
  window.correct(step, -100);  // never below nothing
  EXPECT_EQ(window.used(10 * kSecond), 0);
  window.correct(step + 1, 5);  // a step that has not come
  window.correct(step - 500, 5);
  EXPECT_EQ(window.used(10 * kSecond), 0);
}

TEST(RateWindow, ResetIsWhenNothingCountsAnyMore) {
  RateWindow window;
  EXPECT_EQ(window.reset_us(5 * kSecond), 0);
  window.add(1, 5 * kSecond);
  EXPECT_EQ(window.reset_us(5 * kSecond), 60 * kSecond + 500'000);
  EXPECT_EQ(window.reset_us(65 * kSecond), 500'000);
  EXPECT_EQ(window.reset_us(65 * kSecond + 500'000), 0);
}

const KeyId kKey("key_1");

TEST(RateLimits, AKeyWithoutLimitsIsNeverRefused) {
  RateLimits limits;
  for (int i = 0; i < 1000; ++i) {
    auto admission = limits.admit(kKey, 1'000'000, 0);
    ASSERT_TRUE(admission);
    EXPECT_FALSE(admission->states.requests || admission->states.tokens);
    limits.correct(*admission, 5);
  }
}

TEST(RateLimits, RequestsAndTokensAreTakenTogetherOrNotAtAll) {
  RateLimits limits;
  limits.set(kKey, {.requests_per_minute = 3, .tokens_per_minute = 100});
  auto first = limits.admit(kKey, 80, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->states.requests->remaining, 2);
  EXPECT_EQ(first->states.tokens->remaining, 20);
  const auto refused = limits.admit(kKey, 30, kSecond);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::RateLimited);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("100 tokens a minute"));
  EXPECT_EQ(refused.error().retry_after_s, 60);  // 59.5 s, rounded up
  EXPECT_EQ(limits.states(kKey, kSecond).requests->remaining, 2);
  limits.correct(*first, 10);
  EXPECT_EQ(limits.states(kKey, kSecond).tokens->remaining, 90);
  EXPECT_TRUE(limits.admit(kKey, 30, kSecond));
  EXPECT_TRUE(limits.admit(kKey, 0, kSecond));
  const auto fourth = limits.admit(kKey, 0, kSecond);
  ASSERT_FALSE(fourth);
  EXPECT_THAT(fourth.error().message, testing::HasSubstr("3 requests a minute"));
}

TEST(RateLimits, WhatNeverFitsIsRefusedWithoutARetryTime) {
  RateLimits limits;
  limits.set(kKey, {.requests_per_minute = {}, .tokens_per_minute = 100});
  const auto refused = limits.admit(kKey, 101, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::RateLimited);
  EXPECT_EQ(refused.error().retry_after_s, std::nullopt);
}

TEST(RateLimits, ACallMayBeCorrectedAgainAndAgain) {
  RateLimits limits;
  limits.set(kKey, {.requests_per_minute = {}, .tokens_per_minute = 1000});
  auto call = limits.admit(kKey, 400, 0);
  ASSERT_TRUE(call);
  limits.correct(*call, 0);  // the first attempt failed
  EXPECT_EQ(limits.states(kKey, 0).tokens->remaining, 1000);
  limits.correct(*call, 900);  // the second answered
  EXPECT_EQ(limits.states(kKey, 0).tokens->remaining, 100);
  limits.correct(*call, 2000);
  EXPECT_EQ(limits.states(kKey, 0).tokens->remaining, 0);
  EXPECT_EQ(limits.states(kKey, 2 * kMinute).tokens->remaining, 1000);
  limits.correct(*call, 0);  // long ago
  EXPECT_EQ(limits.states(kKey, 2 * kMinute).tokens->remaining, 1000);
}

TEST(RateLimits, ACallOfForgottenLimitsDoesNotTouchNewOnes) {
  RateLimits limits;
  limits.set(kKey, {.requests_per_minute = {}, .tokens_per_minute = 1000});
  auto old = limits.admit(kKey, 500, 0);
  limits.set(kKey, {});
  limits.set(kKey, {.requests_per_minute = {}, .tokens_per_minute = 1000});
  ASSERT_TRUE(limits.admit(kKey, 300, 0));
  limits.correct(*old, 0);
  EXPECT_EQ(limits.states(kKey, 0).tokens->remaining, 700);
}

TEST(RateLimits, ChangedLimitsKeepWhatWasUsed) {
  RateLimits limits;
  limits.set(kKey, {.requests_per_minute = 2, .tokens_per_minute = {}});
  ASSERT_TRUE(limits.admit(kKey, 0, 0));
  limits.set(kKey, {.requests_per_minute = 1, .tokens_per_minute = {}});
  EXPECT_FALSE(limits.admit(kKey, 0, 0));
  EXPECT_EQ(limits.states(kKey, 0).requests->remaining, 0);
}

TEST(RateLimits, ExactUnderConcurrency) {
  RateLimits limits;
  constexpr int64_t kLimit = 5000;
  limits.set(kKey, {.requests_per_minute = kLimit, .tokens_per_minute = 10 * kLimit});
  std::atomic<int64_t> admitted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3000; ++i) {
        auto call = limits.admit(kKey, 10, i);
        if (!call) continue;
        ++admitted;
        limits.correct(*call, 9);
        limits.correct(*call, 10);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, kLimit);
  EXPECT_EQ(limits.states(kKey, 0).tokens->remaining, 0);
}

TEST(RateLimits, HeadersSayLimitRemainingAndReset) {
  RateLimits limits;
  limits.set(kKey, {.requests_per_minute = 60, .tokens_per_minute = 1000});
  const auto admission = limits.admit(kKey, 250, 0);
  ASSERT_TRUE(admission);
  std::vector<std::string> lines;
  rate_headers(admission->states, [&](std::string_view name, const std::string& value) {
    lines.push_back(std::string(name) + ": " + value);
  });
  EXPECT_THAT(lines, testing::ElementsAre(
                         "x-ratelimit-limit-requests: 60", "x-ratelimit-remaining-requests: 59",
                         "x-ratelimit-reset-requests: 60.5s", "x-ratelimit-limit-tokens: 1000",
                         "x-ratelimit-remaining-tokens: 750", "x-ratelimit-reset-tokens: 60.5s"));
  EXPECT_EQ(reset_text(0), "0s");
  EXPECT_EQ(reset_text(120'000), "120ms");
  EXPECT_EQ(reset_text(1), "1ms");
  EXPECT_EQ(reset_text(1'000'000), "1s");
  EXPECT_EQ(reset_text(1'234'000), "1.234s");
}

}  // namespace
}  // namespace tandem::identity
