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

ConcurrencyLimit::Sample::Kind sample_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Success:
    case Outcome::Slow:
      return ConcurrencyLimit::Sample::Kind::Answered;
    case Outcome::Failure:
    case Outcome::Refused:
      return ConcurrencyLimit::Sample::Kind::Dropped;
    case Outcome::Neutral:
      break;
  }
  return ConcurrencyLimit::Sample::Kind::Nothing;
}

}  // namespace

const ConcurrencyConfig TargetRules::kNoLimit{};

Leave TargetHealth::ask(const TargetRules& rules, int64_t earns_percent, SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  if (down()) return Leave::Down;
  if (rules.concurrency.enabled() && limit_.going() >= limit_.limit(rules.concurrency)) {
    return Leave::Full;  // before the breaker: a probe that is allowed must go
  }
  retries_.call(earns_percent);
  if (!breaker_.allow(rules.breaker, now_us)) return Leave::BreakerOpen;
  limit_.begin(rules.concurrency);
  ++calls_;
  return Leave::Goes;
}

bool TargetHealth::end(Outcome outcome, SteadyUs begun_us, int64_t latency_us,
                       const TargetRules& rules, SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  const BreakerConfig& options = rules.breaker;
  limit_.end({sample_of(outcome), latency_us}, rules.concurrency, now_us);
  if (outcome == Outcome::Success && options.slow_ms > 0 && latency_us > options.slow_ms * 1000) {
    outcome = Outcome::Slow;
  }
  if (!says_nothing(outcome)) {
    const double old_us = decayed(latency_us_, latency_at_us_, now_us);
    const auto seen_us = static_cast<double>(latency_us);
    const double weight = std::exp(-static_cast<double>(now_us - latency_at_us_) / kDecayUs);
    latency_us_ = seen_us > old_us ? seen_us : latency_us_ * weight + seen_us * (1 - weight);
    latency_at_us_ = now_us;
  }
  return breaker_.record(outcome, options, now_us, begun_us);
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
  return {limit_.going(), decayed(latency_us_, latency_at_us_, now_us)};
}

Breaker::State TargetHealth::state() const {
  std::lock_guard lock(mutex_);
  return breaker_.state();
}

int64_t TargetHealth::wait_ms(SteadyUs now_us) const {
  std::lock_guard lock(mutex_);
  return breaker_.wait_ms(now_us);
}

int64_t TargetHealth::capacity(const ConcurrencyConfig& options) const {
  if (!options.enabled()) return INT64_MAX;
  std::lock_guard lock(mutex_);
  return limit_.limit(options);
}

bool TargetHealth::count_in_a_row(bool failed, const OutliersConfig& options) {
  std::lock_guard lock(mutex_);
  return ejection_.record(failed, options);
}

PeerWindow TargetHealth::window(const BreakerConfig& options, SteadyUs now_us) const {
  std::lock_guard lock(mutex_);
  const Breaker::Window window = breaker_.window(options, now_us);
  return {window.calls, window.failures, ejection_.ejected(now_us)};
}

void TargetHealth::eject(const OutliersConfig& options, SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  ejection_.eject(options, now_us);
  ejected_until_us_.store(ejection_.until_us(), std::memory_order_relaxed);
}

}  // namespace tandem::gateway
