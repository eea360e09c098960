// TargetHealth: what all io threads know of one target together: its breaker, how many calls are
// under way, and how long its answers take to begin. One short mutex a call and target: a breaker
// that each thread had for itself would let a broken target have a call a thread.
#pragma once

#include <atomic>
#include <mutex>

#include "gateway/health/breaker.h"
#include "gateway/health/retry_budget.h"

namespace tandem::gateway {

struct TargetLoad {
  int64_t outstanding = 0;
  // Peak EWMA of the latency (Finagle's load balancer): goes up at once and down slowly; 0:
  // unknown.
  double latency_us = 0;
};

class TargetHealth {
 public:
  // Whether a call may go; `earns_percent` of a further try come with it (0: it is one). One that
  // may is counted as under way until end().
  bool begin(const BreakerConfig& options, int64_t earns_percent, SteadyUs now_us);
  // True where this outcome opened the breaker.
  bool end(Outcome outcome, int64_t latency_us, const BreakerConfig& options, SteadyUs now_us);

  // Whether a call that asked before may ask again.
  bool may_retry(SteadyUs now_us);
  // Whether a second target may be asked beside this one; every call earns `percent` of that.
  bool may_hedge(int64_t percent, SteadyUs now_us);

  TargetLoad load(SteadyUs now_us) const;
  Breaker::State state() const;
  int64_t wait_ms(SteadyUs now_us) const;

 private:
  mutable std::mutex mutex_;
  Breaker breaker_;
  RetryBudget retries_;
  RetryBudget hedges_;
  int64_t calls_ = 0;  // since hedges_ was last asked
  int64_t outstanding_ = 0;
  double latency_us_ = 0;
  SteadyUs latency_at_us_ = 0;
};

}  // namespace tandem::gateway
