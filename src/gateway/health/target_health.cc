#include "gateway/health/target_health.h"

#include <cmath>
#include <utility>

namespace tandem::gateway {
namespace {

// After this time without an answer a latency counts for 1/e of what it was.
constexpr double kDecayUs = 10'000'000;

double decayed(double latency_us, SteadyUs since_us, SteadyUs now_us) {
  if (latency_us == 0) return 0;
  return latency_us * std::exp(-static_cast<double>(now_us - since_us) / kDecayUs);
}

}  // namespace

bool TargetHealth::begin(const BreakerConfig& options, int64_t earns_percent, SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  retries_.call(earns_percent);
  if (!breaker_.allow(options, now_us)) return false;
  ++outstanding_;
  ++calls_;
  return true;
}

bool TargetHealth::end(Outcome outcome, int64_t latency_us, const BreakerConfig& options,
                       SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  --outstanding_;
  if (outcome == Outcome::Success && options.slow_ms > 0 && latency_us > options.slow_ms * 1000) {
    outcome = Outcome::Slow;
  }
  if (outcome != Outcome::Neutral) {
    const double old_us = decayed(latency_us_, latency_at_us_, now_us);
    const auto seen_us = static_cast<double>(latency_us);
    const double weight = std::exp(-static_cast<double>(now_us - latency_at_us_) / kDecayUs);
    latency_us_ = seen_us > old_us ? seen_us : latency_us_ * weight + seen_us * (1 - weight);
    latency_at_us_ = now_us;
  }
  return breaker_.record(outcome, options, now_us);
}

bool TargetHealth::may_retry(SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  return retries_.retry(now_us);
}

bool TargetHealth::may_hedge(int64_t percent, SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  hedges_.call(std::exchange(calls_, 0) * percent);
  return hedges_.retry(now_us);
}

TargetLoad TargetHealth::load(SteadyUs now_us) const {
  std::lock_guard lock(mutex_);
  return {outstanding_, decayed(latency_us_, latency_at_us_, now_us)};
}

Breaker::State TargetHealth::state() const {
  std::lock_guard lock(mutex_);
  return breaker_.state();
}

int64_t TargetHealth::wait_ms(SteadyUs now_us) const {
  std::lock_guard lock(mutex_);
  return breaker_.wait_ms(now_us);
}

}  // namespace tandem::gateway
