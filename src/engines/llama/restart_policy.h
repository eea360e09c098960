// RestartPolicy: when a child that died may start again, and when to stop trying. Pure: the caller
// passes the time and a random number. One per model, on the supervisor's thread.
//   const auto next = policy.on_death(now_us, ready_since_us, random);   // next.at_us,
//   next.resting
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "engines/llama/options.h"

namespace tandem::engines {

class RestartPolicy {
 public:
  explicit RestartPolicy(RestartLimits limits) : limits_(limits) {}

  struct Next {
    SteadyUs at_us;  // no start before this
    bool resting;    // too many deaths in a row: start only when a call asks for it after at_us
  };
  // `ready_since_us`: when the child became healthy; nullopt where it never did.
  // `random` in [0, 1).
  Next on_death(SteadyUs now_us, std::optional<SteadyUs> ready_since_us, double random);

  int deaths_in_a_row() const { return deaths_; }

 private:
  RestartLimits limits_;
  int deaths_ = 0;
};

}  // namespace tandem::engines
