// Single fields of a request's JSON object, read into the model of this folder. A field that is
// absent leaves `into` as it is; one of another type is InvalidArgument and names it. Pure.
//   TRY_VOID(read_number(body, "temperature", request.temperature));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"

namespace tandem::gateway::messages {

inline constexpr int64_t kLargestCount = 1'000'000'000;

// A whole number from 0 to kLargestCount.
Result<void> read_count(const json::Value& body, std::string_view name,
                        std::optional<int64_t>& into);
Result<void> read_number(const json::Value& body, std::string_view name,
                         std::optional<double>& into);
Result<void> read_text(const json::Value& body, std::string_view name, std::string& into);
Result<void> read_flag(const json::Value& body, std::string_view name, std::optional<bool>& into);

}  // namespace tandem::gateway::messages
