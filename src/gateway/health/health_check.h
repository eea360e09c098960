// HealthCheck: whether a provider is up, from what it answered when it was asked: down after some
// bad answers in a row, up again after some good ones. Pure.
//   if (check.answered(good, options)) …     // it changed
#pragma once

#include <cstdint>

#include "gateway/health/config.h"

namespace tandem::gateway {

class HealthCheck {
 public:
  // True where it is down now and was up before, or the other way round.
  bool answered(bool good, const HealthCheckConfig& options);
  bool up() const { return up_; }
  int64_t in_a_row() const { return in_a_row_; }  // answers that speak against what it is

 private:
  bool up_ = true;
  int64_t in_a_row_ = 0;
};

}  // namespace tandem::gateway
