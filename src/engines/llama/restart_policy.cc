#include "engines/llama/restart_policy.h"

#include <algorithm>

namespace tandem::engines {

RestartPolicy::Next RestartPolicy::on_death(SteadyUs now_us, std::optional<SteadyUs> ready_since_us,
                                            double random) {
  if (ready_since_us && now_us - *ready_since_us >= limits_.stable_ms * 1000) deaths_ = 0;
  ++deaths_;
  if (deaths_ >= limits_.crashes_in_a_row) {
    return {now_us + limits_.cool_down_ms * 1000, true};
  }
  int64_t delay_us = limits_.first_delay_ms * 1000;
  for (int i = 1; i < deaths_ && delay_us < limits_.max_delay_ms * 1000; ++i) delay_us *= 2;
  delay_us = std::min(delay_us, limits_.max_delay_ms * 1000);
  const int64_t half_us = delay_us / 2;
  return {now_us + half_us + static_cast<int64_t>(static_cast<double>(half_us) * random), false};
}

}  // namespace tandem::engines
