// How an attempt at a target can fail, as far as what to do next depends on it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error/error.h"

namespace tandem::gateway {

enum class FailureKind : uint8_t {
  None,
  RateLimited,  // 429
  ServerError,  // 5xx
  Reset,        // no connection, or it broke
  Timeout,
  BadAnswer,      // malformed, or an error behind a 200
  TooLarge,       // beyond max_response_bytes
  ContextLength,  // the input does not fit the model: another target may have more room
  Unsupported,    // the target cannot say what the request asks for: another one may
  Rejected,       // another 4xx or a content filter: the request is at fault, not the target
  Unavailable,    // an engine that cannot start
  Cancelled,      // the client went away
  Blocked,        // a guard stopped the answer
};

std::string_view failure_name(FailureKind kind);

// Whether it speaks against the target: breakers and balances count these.
bool is_targets_fault(FailureKind kind);

// What a transport error amounts to.
FailureKind classify(const Error& error);

// What a provider's HTTP status and error code amount to; None for 2xx.
FailureKind classify(int status, std::string_view code, std::string_view message);

}  // namespace tandem::gateway
