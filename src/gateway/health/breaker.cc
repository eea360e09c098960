#include "gateway/health/breaker.h"

#include <algorithm>

namespace tandem::gateway {
namespace {

constexpr int64_t kLongestShift = 16;

int64_t bucket_us(const BreakerConfig& options, int64_t buckets) {
  return std::max<int64_t>(options.window_ms * 1000 / buckets, 1);
}

}  // namespace

bool Breaker::allow(const BreakerConfig& options, SteadyUs now_us) {
  if (!options.enabled) return true;
  if (state_ == State::Open && now_us >= open_until_us_) {
    state_ = State::HalfOpen;
    probes_since_us_ = now_us;
    probing_ = probed_well_ = 0;
  }
  if (state_ == State::Closed) return true;
  if (state_ == State::Open || probing_ + probed_well_ >= options.probes) return false;
  ++probing_;
  return true;
}

bool Breaker::record(Outcome outcome, const BreakerConfig& options, SteadyUs now_us,
                     SteadyUs begun_us) {
  if (!options.enabled) {
    if (!says_nothing(outcome)) count(outcome, options, now_us);
    return false;
  }
  const bool bad = outcome == Outcome::Failure || outcome == Outcome::Slow;
  switch (state_) {
    case State::Open:  // of a call that began before
      return false;
    case State::HalfOpen:
      if (begun_us < probes_since_us_) return false;
      probing_ = std::max<int64_t>(probing_ - 1, 0);
      if (says_nothing(outcome)) return false;
      if (bad) {
        open(options, now_us);
        return true;
      }
      if (++probed_well_ >= options.probes) close();
      return false;
    case State::Closed:
      break;
  }
  if (says_nothing(outcome)) return false;
  count(outcome, options, now_us);
  if (!bad || !too_many_fail(options, now_us)) return false;
  open(options, now_us);
  return true;
}

void Breaker::count(Outcome outcome, const BreakerConfig& options, SteadyUs now_us) {
  const int64_t number = now_us / bucket_us(options, kBuckets);
  Bucket& bucket = buckets_[static_cast<size_t>(number) % kBuckets];
  if (bucket.number != number) bucket = {number, 0, 0, 0};
  ++bucket.calls;
  if (outcome == Outcome::Failure) ++bucket.failures;
  if (outcome == Outcome::Slow) ++bucket.slow;
}

Breaker::Window Breaker::window(const BreakerConfig& options, SteadyUs now_us) const {
  const int64_t newest = now_us / bucket_us(options, kBuckets);
  Window sum;
  for (const Bucket& bucket : buckets_) {
    if (bucket.number < 0 || newest - bucket.number >= static_cast<int64_t>(kBuckets)) continue;
    sum.calls += bucket.calls;
    sum.failures += bucket.failures;
    sum.slow += bucket.slow;
  }
  return sum;
}

bool Breaker::too_many_fail(const BreakerConfig& options, SteadyUs now_us) const {
  const auto [calls, failures, slow] = window(options, now_us);
  if (calls < options.min_calls) return false;
  return failures * 100 >= calls * options.failure_percent ||
         (options.slow_ms > 0 && slow * 100 >= calls * options.slow_percent);
}

void Breaker::open(const BreakerConfig& options, SteadyUs now_us) {
  const int64_t longest = std::max(options.longest_open_ms, options.open_ms);
  const int64_t doubled = options.open_ms << std::min(times_opened_, kLongestShift);
  open_until_us_ = now_us + std::min(doubled, longest) * 1000;
  ++times_opened_;
  state_ = State::Open;
}

void Breaker::close() {
  *this = Breaker();
}

int64_t Breaker::wait_ms(SteadyUs now_us) const {
  if (state_ != State::Open || now_us >= open_until_us_) return 0;
  return (open_until_us_ - now_us + 999) / 1000;
}

}  // namespace tandem::gateway
