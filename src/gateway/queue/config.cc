#include "gateway/queue/config.h"

#include <algorithm>

namespace tandem::gateway {
namespace {

constexpr int64_t kMostWeight = 1'000;

}  // namespace

bool QueueConfig::may_be_high(std::string_view project) const {
  return std::find(high.begin(), high.end(), project) != high.end();
}

void QueueConfig::validate(config::Errors& errors) const {
  for (const auto& [name, weight] : weights) {
    if (weight < 1 || weight > kMostWeight) {
      errors.field("weights." + name, "is " + std::to_string(weight) +
                                          "; a weight is a whole number from 1 to " +
                                          std::to_string(kMostWeight));
    }
  }
  if (!enabled() && (!weights.empty() || !high.empty())) {
    errors.field("max_calls", "is 0, and so is max_waiting: there is no queue to share",
                 "Set max_calls, or max_waiting where the targets have concurrency limits.");
  }
}

}  // namespace tandem::gateway
