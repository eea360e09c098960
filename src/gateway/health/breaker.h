// Breaker: keeps calls away from a target that fails most of them. A pure state machine: time and
// options come with each step.
//   closed     calls go; outcomes of the last `window_ms` are counted
//   open       none goes for `open_ms`, doubled each time up to `longest_open_ms`
//   half-open  at most `probes` calls go; all of them good closes it, one bad opens it again
// Source: M. Nygard, Release It!, "Circuit Breaker"; failure and slow-call rates as in
// resilience4j.
//   if (!breaker.allow(options, now_us)) … else { call; breaker.record(outcome, options, now_us); }
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "gateway/config.h"

namespace tandem::gateway {

enum class Outcome : uint8_t {
  Success,
  Slow,     // a success that took longer than `slow_ms`
  Failure,  // the target is to blame
  Refused,  // it has too much to do (429): no fault
  Neutral,  // says nothing about the target: rejected, cancelled
};
inline bool says_nothing(Outcome outcome) {
  return outcome == Outcome::Neutral || outcome == Outcome::Refused;
}

class Breaker {
 public:
  enum class State : uint8_t { Closed, Open, HalfOpen };

  // Whether a call may go. One that was allowed is recorded exactly once.
  bool allow(const BreakerConfig& options, SteadyUs now_us);
  // True where this outcome opened it. A call that began before the probes (`begun_us`) is none of
  // them and says nothing about the target as it is now.
  bool record(Outcome outcome, const BreakerConfig& options, SteadyUs now_us,
              SteadyUs begun_us = INT64_MAX);

  // Calls of the window, and those that failed; counted also where the breaker is off.
  struct Window {
    int64_t calls = 0;
    int64_t failures = 0;
    int64_t slow = 0;
  };
  Window window(const BreakerConfig& options, SteadyUs now_us) const;

  State state() const { return state_; }
  // How long no call will go; 0 where one may.
  int64_t wait_ms(SteadyUs now_us) const;

 private:
  static constexpr size_t kBuckets = 10;
  struct Bucket {
    int64_t number = -1;  // now / bucket length
    int64_t calls = 0;
    int64_t failures = 0;
    int64_t slow = 0;
  };
  void count(Outcome outcome, const BreakerConfig& options, SteadyUs now_us);
  bool too_many_fail(const BreakerConfig& options, SteadyUs now_us) const;
  void open(const BreakerConfig& options, SteadyUs now_us);
  void close();

  State state_ = State::Closed;
  std::array<Bucket, kBuckets> buckets_;
  SteadyUs open_until_us_ = 0;
  SteadyUs probes_since_us_ = 0;
  int64_t times_opened_ = 0;  // in a row
  int64_t probing_ = 0;       // probes under way
  int64_t probed_well_ = 0;
};

}  // namespace tandem::gateway
