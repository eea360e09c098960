#include "gateway/queue/priority.h"

#include <array>
#include <string>

namespace tandem::gateway {
namespace {

constexpr std::array<std::string_view, kPriorities> kNames = {"high", "normal", "low"};

}  // namespace

std::string_view priority_name(Priority priority) {
  return kNames[static_cast<size_t>(priority)];
}

Result<std::optional<Priority>> read_priority(std::string_view header) {
  if (header.empty()) return std::nullopt;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (header == kNames[i]) return static_cast<Priority>(i);
  }
  return fail(Code::InvalidArgument,
              "The header x-tandem-priority holds \"" + std::string(header.substr(0, 40)) +
                  "\", which is no priority.",
              "Send high, normal or low, or leave it away for normal.",
              std::string(kPriorityHeader));
}

}  // namespace tandem::gateway
