#include "gateway/health/config.h"

namespace tandem::gateway {

void ConcurrencyConfig::validate(config::Errors& errors) const {
  if (adaptive && max == 0) {
    errors.field("max", "is 0: an adaptive limit needs a largest number", "Set max.");
  }
  if (max > 0 && min > max) {
    errors.field("min", "is " + std::to_string(min) + ", more than max " + std::to_string(max));
  }
}

void HealthCheckConfig::validate(config::Errors& errors) const {
  const auto is_odd = [](char c) { return c <= ' ' || c == '\x7f'; };
  if (!path.empty() && path.front() != '/') {
    errors.field("path", "must begin with a slash, like /health");
  }
  for (const char c : path) {
    if (!is_odd(c)) continue;
    errors.field("path", "holds a space or a control character");
    break;
  }
}

}  // namespace tandem::gateway
