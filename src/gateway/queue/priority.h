// Priority: which class of calls goes first where an endpoint's calls wait. Pure.
//   TRY(auto priority, read_priority(request.header("x-tandem-priority")));
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace tandem::gateway {

enum class Priority : uint8_t {
  High,    // only for projects that the endpoint lists
  Normal,  // whoever says nothing
  Low,     // batches and whatever else has time
};
inline constexpr size_t kPriorities = 3;
inline constexpr std::string_view kPriorityHeader = "x-tandem-priority";

std::string_view priority_name(Priority priority);  // "high"

// What the header says: high, normal or low; nullopt where it is absent. InvalidArgument names the
// header.
Result<std::optional<Priority>> read_priority(std::string_view header);

}  // namespace tandem::gateway
