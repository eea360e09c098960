#include "gateway/batches/types.h"

#include <algorithm>
#include <array>

namespace tandem::gateway::batches {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"validating", "in_progress", "finalizing",
                                                    "cancelling", "completed",   "failed",
                                                    "expired",    "cancelled"};

}  // namespace

std::string_view status_name(Status status) {
  return kNames[static_cast<size_t>(status)];
}

Status parse_status(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return Status::Failed;
  return static_cast<Status>(found - kNames.begin());
}

int64_t lines_allowed(const BatchesConfig& config, int64_t live) {
  return std::clamp(config.concurrency - live, std::min(config.least, config.concurrency),
                    config.concurrency);
}

}  // namespace tandem::gateway::batches
