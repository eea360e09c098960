// RateWindow: how much was used in the last minute, as a pure state machine; time comes in as a
// parameter. The minute slides in steps of half a second: what was used at time t counts until the
// step in which t + 60 s lies has ended, so no 60 s anywhere ever hold more than the limit.
// Not thread safe: rate_limits.h holds a lock around it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace tandem::identity {

class RateWindow {
 public:
  static constexpr int64_t kStepUs = 500'000;
  static constexpr int64_t kSteps = 121;  // a minute and the step that it began in

  static int64_t step_of(SteadyUs now_us) { return now_us / kStepUs; }

  // What counts at `now_us`.
  int64_t used(SteadyUs now_us);
  // Returns the step that it was counted in, for correct().
  int64_t add(int64_t amount, SteadyUs now_us);
  // Adds `amount`, which may be negative, to what was used in `step`, where that still counts.
  void correct(int64_t step, int64_t amount);

  // Until `amount` more fit under `limit`; 0: now; nullopt: never.
  std::optional<int64_t> wait_us(int64_t amount, int64_t limit, SteadyUs now_us);
  // Until nothing that was used counts any more.
  int64_t reset_us(SteadyUs now_us);

 private:
  void advance(SteadyUs now_us);
  int64_t& slot(int64_t step) { return steps_[static_cast<size_t>(step % kSteps)]; }
  // When the use of `step` stops counting.
  static SteadyUs end_of(int64_t step) { return (step + kSteps) * kStepUs; }

  std::array<int64_t, kSteps> steps_{};
  int64_t newest_ = 0;  // the step that `sum_` is about
  int64_t sum_ = 0;
};

}  // namespace tandem::identity
