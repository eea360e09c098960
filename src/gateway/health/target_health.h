// TargetHealth: what all io threads know of one target together: its breaker, how many calls are
// under way and may be, how long its answers take to begin, whether it stands aside. One short
// mutex a call and target: a breaker that each thread had for itself would let a broken target have
// a call a thread.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "gateway/health/breaker.h"
#include "gateway/health/concurrency_limit.h"
#include "gateway/health/outliers.h"
#include "gateway/health/retry_budget.h"

namespace tandem::gateway {

struct TargetLoad {
  int64_t outstanding = 0;
  // Peak EWMA of the latency (Finagle's load balancer): goes up at once and down slowly; 0:
  // unknown.
  double latency_us = 0;
  std::optional<int64_t> cost_nano_usd = std::nullopt;  // of this call; nullopt: no price
  bool ejected = false;
};

// What applies to a target at an endpoint. Holds references: for one step.
struct TargetRules {
  TargetRules(const BreakerConfig& of_breaker,  // NOLINT: every other rule may be off
              const ConcurrencyConfig& of_concurrency = kNoLimit)
      : breaker(of_breaker), concurrency(of_concurrency) {}
  const BreakerConfig& breaker;
  const ConcurrencyConfig& concurrency;
  static const ConcurrencyConfig kNoLimit;
};

// Whether a call may go to a target, and why not.
enum class Leave : uint8_t {
  Goes,
  BreakerOpen,
  Full,  // as many calls are under way as it takes
  Down,  // it does not answer when it is asked whether it is well
};

class TargetHealth {
 public:
  // Whether a call may go; `earns_percent` of a further try come with it (0: it is one). One that
  // may is counted as under way until end().
  Leave ask(const TargetRules& rules, int64_t earns_percent, SteadyUs now_us);
  bool begin(const TargetRules& rules, int64_t earns_percent, SteadyUs now_us) {
    return ask(rules, earns_percent, now_us) == Leave::Goes;
  }
  // True where this outcome opened the breaker.
  bool end(Outcome outcome, int64_t latency_us, const TargetRules& rules, SteadyUs now_us) {
    return end(outcome, INT64_MAX, latency_us, rules, now_us);
  }
  // The same of one that began then (INT64_MAX: after whatever else happened).
  bool end(Outcome outcome, SteadyUs begun_us, int64_t latency_us, const TargetRules& rules,
           SteadyUs now_us);

  // Whether a call that asked before may ask again.
  bool may_retry(SteadyUs now_us);
  // Whether a second target may be asked beside this one; every call earns `percent` of that.
  bool may_hedge(int64_t percent, SteadyUs now_us);

  TargetLoad load(SteadyUs now_us) const;
  Breaker::State state() const;
  int64_t wait_ms(SteadyUs now_us) const;
  // Calls that it takes at a time; INT64_MAX: any number.
  int64_t capacity(const ConcurrencyConfig& options) const;

  // What active checks found (checks.h). Any thread.
  void set_down(bool down) { down_.store(down, std::memory_order_relaxed); }
  bool down() const { return down_.load(std::memory_order_relaxed); }

  // Outliers. `failed`: how the last call ended; true where it was one failure in a row too many.
  bool count_in_a_row(bool failed, const OutliersConfig& options);
  PeerWindow window(const BreakerConfig& options, SteadyUs now_us) const;
  void eject(const OutliersConfig& options, SteadyUs now_us);
  bool ejected(SteadyUs now_us) const {
    return now_us < ejected_until_us_.load(std::memory_order_relaxed);
  }

 private:
  mutable std::mutex mutex_;
  Breaker breaker_;
  RetryBudget retries_;
  RetryBudget hedges_;
  int64_t calls_ = 0;  // since hedges_ was last asked
  ConcurrencyLimit limit_;
  Ejection ejection_;
  double latency_us_ = 0;
  SteadyUs latency_at_us_ = 0;
  std::atomic<SteadyUs> ejected_until_us_{0};  // read for the order of targets
  std::atomic<bool> down_{false};
};

}  // namespace tandem::gateway
