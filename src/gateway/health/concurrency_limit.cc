#include "gateway/health/concurrency_limit.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tandem::gateway {
namespace {

constexpr double kFirst = 20;
// Answers may begin so much later than usual before the limit shrinks.
constexpr double kTolerance = 2;
constexpr double kLeastGradient = 0.5;
constexpr double kSmoothing = 0.4;
// Calls that may queue inside the target, so that the limit can grow at all: this times the root of
// the limit.
constexpr double kQueued = 0.7;
constexpr double kBackoff = 0.9;
constexpr double kRecent = 0.05;  // the share of a sample in the average
constexpr double kUsual = 0.02;
// What is usual is measured every so many changes, by so many samples, with such a share of calls.
constexpr int64_t kChangesBetween = 200;
constexpr int64_t kSamples = 10;
constexpr double kShareMeasuring = 0.25;

double bounded(double limit, const ConcurrencyConfig& options) {
  const auto most = static_cast<double>(options.max);
  return std::clamp(limit, std::min(static_cast<double>(options.min), most), most);
}

}  // namespace

int64_t ConcurrencyLimit::limit(const ConcurrencyConfig& options) const {
  if (!options.adaptive) return options.max;
  const double whole = limit_ > 0 ? limit_ : kFirst;
  return static_cast<int64_t>(bounded(measuring_ ? whole * kShareMeasuring : whole, options));
}

bool ConcurrencyLimit::begin(const ConcurrencyConfig& options) {
  if (options.enabled() && going_ >= limit(options)) return false;
  ++going_;
  most_going_ = std::max(most_going_, going_);
  return true;
}

void ConcurrencyLimit::end(const Sample& sample, const ConcurrencyConfig& options,
                           SteadyUs now_us) {
  if (options.enabled() && options.adaptive) {
    if (limit_ == 0) limit_ = bounded(kFirst, options);
    // A call that began before the last decrease knew nothing of it.
    const SteadyUs begun_us = now_us - sample.latency_us;
    if (sample.kind == Sample::Kind::Dropped && begun_us >= lowered_us_) {
      limit_ = bounded(limit_ * kBackoff, options);
      lowered_us_ = now_us;
    }
    if (sample.kind == Sample::Kind::Answered) {
      answered(std::max(static_cast<double>(sample.latency_us), 1.0), options, now_us);
    }
  }
  --going_;
}

void ConcurrencyLimit::answered(double latency_us, const ConcurrencyConfig& options,
                                SteadyUs now_us) {
  if (recent_us_ == 0) recent_us_ = latency_us;
  recent_us_ += (latency_us - recent_us_) * kRecent;
  if (measuring_) return measured(latency_us, now_us - static_cast<SteadyUs>(latency_us));
  // What a change brought is seen a round trip later.
  if (static_cast<double>(now_us - changed_us_) >= recent_us_) change(options, now_us);
}

void ConcurrencyLimit::measured(double latency_us, SteadyUs begun_us) {
  if (begun_us < measuring_since_us_) return;  // it went while more were allowed
  measured_sum_us_ += latency_us;
  if (++measured_ < kSamples) return;
  usual_us_ = recent_us_ = measured_sum_us_ / static_cast<double>(measured_);
  measuring_ = false;
}

void ConcurrencyLimit::change(const ConcurrencyConfig& options, SteadyUs now_us) {
  changed_us_ = now_us;
  const bool used = static_cast<double>(std::exchange(most_going_, going_)) >= limit_ / 2;
  if (!used) {
    // A limit that was not used says nothing about a higher one; but the target was not crowded.
    usual_us_ += (recent_us_ - usual_us_) * kUsual;
    return;
  }
  const double gradient = std::clamp(kTolerance * usual_us_ / recent_us_, kLeastGradient, 1.0);
  const double next = limit_ * gradient + std::max(1.0, kQueued * std::sqrt(limit_));
  limit_ = bounded(limit_ * (1 - kSmoothing) + next * kSmoothing, options);
  if (++changes_ < kChangesBetween) return;
  changes_ = 0;
  measuring_ = true;
  measuring_since_us_ = now_us;
  measured_sum_us_ = 0;
  measured_ = 0;
}

}  // namespace tandem::gateway
