// DrainRate: how fast a queue's calls end, from those of the last ten seconds: what a refusal's
// retry-after is computed from. Pure.
//   rate.ended(now_us); …; rate.seconds_until_served(waiting, now_us);
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace tandem::gateway {

class DrainRate {
 public:
  void ended(SteadyUs now_us);
  // Seconds until `ahead` calls and one more have ended, rounded up: 1 to 300. 5 before the first
  // has ended, 30 where none has lately.
  int64_t seconds_until_served(int64_t ahead, SteadyUs now_us) const;

 private:
  static constexpr int64_t kSeconds = 10;
  struct Second {
    int64_t number = -1;
    int64_t calls = 0;
  };
  std::array<Second, kSeconds> seconds_;
  SteadyUs first_us_ = -1;
};

}  // namespace tandem::gateway
