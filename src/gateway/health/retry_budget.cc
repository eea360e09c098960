#include "gateway/health/retry_budget.h"

#include <algorithm>

namespace tandem::gateway {
namespace {

constexpr int64_t kOneTry = 100;
// What a burst may use: calls of long ago earn nothing.
constexpr int64_t kMost = 1'000 * kOneTry;

}  // namespace

void RetryBudget::call(int64_t percent) {
  balance_ = std::min(balance_ + percent, kMost);
}

void RetryBudget::refill(SteadyUs now_us) {
  const SteadyUs since_us = now_us - refilled_us_;
  const int64_t earned = std::min<int64_t>(since_us, 10'000'000) * kPerSecond / 1'000'000;
  if (earned <= 0) return;
  refilled_us_ = now_us;
  if (balance_ < kReserve) balance_ = std::min(balance_ + earned, kReserve);
}

bool RetryBudget::retry(SteadyUs now_us) {
  refill(now_us);
  if (balance_ < kOneTry) return false;
  balance_ -= kOneTry;
  return true;
}

}  // namespace tandem::gateway
