#include "gateway/health/health_check.h"

namespace tandem::gateway {

bool HealthCheck::answered(bool good, const HealthCheckConfig& options) {
  if (good == up_) {
    in_a_row_ = 0;
    return false;
  }
  if (++in_a_row_ < (up_ ? options.unhealthy : options.healthy)) return false;
  up_ = good;
  in_a_row_ = 0;
  return true;
}

}  // namespace tandem::gateway
