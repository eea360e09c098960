// How long a provider asks to wait before the next call, from the header fields of its answer:
// retry-after-ms, or retry-after where it is a number. What is no time of 0 or more counts as
// absent; more than a year counts as a year. Pure.
//   result.retry_after_ms = retry_after_ms(response.head().headers);
#pragma once

#include <cstdint>
#include <optional>

#include "net/http/headers.h"

namespace tandem::gateway {

inline constexpr int64_t kMostRetryAfterMs = int64_t{365} * 24 * 3600 * 1000;

std::optional<int64_t> retry_after_ms(const net::Headers& headers);

}  // namespace tandem::gateway
