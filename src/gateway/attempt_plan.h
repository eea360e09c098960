// AttemptPlan: which target is tried next, and after what pause. A pure state machine: it knows no
// clock and no socket; randomness comes from its seed.
//   AttemptPlan plan(balanced_order(…), fallbacks, retries, seed);
//   auto step = plan.first();
//   while (step) { … if it failed: step = plan.next(failure, retry_after_ms, left_ms); }
// Rules (interfaces: "Failover"): 429, 5xx, reset and timeout are tried again at the same target,
// up to `retries.max`, after a pause with full jitter (AWS Architecture Blog, "Exponential Backoff
// And Jitter"); a 429 waits as long as it asks where that fits the deadline, else the next target
// is tried. Too long a context goes on to the next target at once; a rejected request stops.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "gateway/config.h"
#include "gateway/failure.h"

namespace tandem::gateway {

class AttemptPlan {
 public:
  struct Step {
    size_t target;  // index into the endpoint's targets, then its fallbacks
    int64_t pause_ms;
    bool again = false;  // the same target as before
  };

  // `order` of the targets (health/balance.h). `fallbacks`: how many more there are, tried in order
  // after all targets. `retries` outlives the plan.
  AttemptPlan(std::vector<size_t> order, size_t fallbacks, const RetriesConfig& retries,
              uint64_t seed);

  std::optional<Step> first();
  // `left_ms`: until the deadline of the call.
  std::optional<Step> next(FailureKind failure, std::optional<int64_t> retry_after_ms,
                           int64_t left_ms);
  // A stream that broke off after its first text: the next target, or the same again where there is
  // none.
  std::optional<Step> go_on(FailureKind failure, int64_t left_ms);
  // The target after that of the last step, which may be asked beside it; nullopt: there is none.
  std::optional<size_t> standby() const;
  // It was asked and failed, too.
  void drop_standby();
  // The target of the last step may not be asked now: the one after it.
  std::optional<Step> pass_over() { return next_target(); }

 private:
  bool tries_again(FailureKind failure) const;
  std::optional<Step> next_target();

  std::vector<size_t> order_;
  size_t at_ = 0;
  int64_t retried_ = 0;  // at the current target
  const RetriesConfig& retries_;
  SplitMix64 random_;
};

}  // namespace tandem::gateway
