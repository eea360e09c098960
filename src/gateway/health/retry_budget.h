// RetryBudget: how many further tries a target bears, as a share of the calls that it gets, so that
// a provider in trouble is not sent several times the traffic of a good day. Pure; one thread at a
// time. Source: Finagle's RetryBudget; M. Brooker, "Fixing retries with token buckets and circuit
// breakers".
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace tandem::gateway {

class RetryBudget {
 public:
  // A first try of a call: `percent` of one more may follow.
  void call(int64_t percent);
  // Whether another try may go; it is taken from the budget.
  bool retry(SteadyUs now_us);

 private:
  void refill(SteadyUs now_us);

  // In hundredths of a try.
  int64_t balance_ = kReserve;
  SteadyUs refilled_us_ = 0;
  // Where calls are few, a share of them would be nothing: so many tries a second come on top.
  static constexpr int64_t kPerSecond = 10 * 100;
  static constexpr int64_t kReserve = 10 * kPerSecond;
};

}  // namespace tandem::gateway
