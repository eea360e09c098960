// Reconnect: when a lost PostgreSQL session may be opened again: at once, then after 100 ms,
// doubling to 5 s. Sans-IO: the session asks and tells it what happened. One thread.
#pragma once

#include "base/clock.h"

namespace tandem::store {

class Reconnect {
 public:
  static constexpr int64_t kFirstDelayUs = 100'000;
  static constexpr int64_t kMaxDelayUs = 5'000'000;

  // When the next attempt is due; attempts before only burden a server that is starting.
  SteadyUs due_us() const { return due_us_; }
  // True after the first failure until the next success.
  bool in_outage() const { return delay_us_ != 0; }

  void failed(SteadyUs now_us) {
    delay_us_ = delay_us_ == 0 ? kFirstDelayUs : delay_us_ * 2;
    if (delay_us_ > kMaxDelayUs) delay_us_ = kMaxDelayUs;
    due_us_ = now_us + delay_us_;
  }
  void succeeded() {
    delay_us_ = 0;
    due_us_ = 0;
  }

 private:
  int64_t delay_us_ = 0;
  SteadyUs due_us_ = 0;
};

}  // namespace tandem::store
