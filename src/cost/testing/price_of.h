// A Price from the JSON that the API takes. For tests only.
#pragma once

#include <stdexcept>
#include <string_view>

#include "base/config/read.h"
#include "cost/config.h"

namespace tandem::cost::testing {

inline Price price_of(std::string_view json) {
  const auto config = config::read_body<PriceConfig>(json);
  if (!config) throw std::runtime_error(config.error().describe());
  return config->to_price();
}

inline PriceSchedule schedule_of(std::string_view json) {
  const auto config = config::read_body<PriceConfig>(json);
  if (!config) throw std::runtime_error(config.error().describe());
  return config->to_schedule();
}

}  // namespace tandem::cost::testing
