#include "gateway/failure.h"

namespace tandem::gateway {

std::string_view failure_name(FailureKind kind) {
  switch (kind) {
    case FailureKind::None:
      return "none";
    case FailureKind::RateLimited:
      return "rate_limited";
    case FailureKind::ServerError:
      return "server_error";
    case FailureKind::Reset:
      return "reset";
    case FailureKind::Timeout:
      return "timeout";
    case FailureKind::BadAnswer:
      return "bad_answer";
    case FailureKind::TooLarge:
      return "too_large";
    case FailureKind::ContextLength:
      return "context_length";
    case FailureKind::Unsupported:
      return "unsupported";
    case FailureKind::Rejected:
      return "rejected";
    case FailureKind::Unavailable:
      return "unavailable";
    case FailureKind::Cancelled:
      return "cancelled";
    case FailureKind::Blocked:
      return "blocked";
  }
  return "none";
}

bool is_targets_fault(FailureKind kind) {
  switch (kind) {
    case FailureKind::ServerError:
    case FailureKind::Reset:
    case FailureKind::Timeout:
    case FailureKind::BadAnswer:
    case FailureKind::TooLarge:
    case FailureKind::Unavailable:
      return true;
    default:
      return false;
  }
}

FailureKind classify(const Error& error) {
  switch (error.code) {
    case Code::Cancelled:
      return FailureKind::Cancelled;
    case Code::DeadlineExceeded:
      return FailureKind::Timeout;
    case Code::PayloadTooLarge:
      return FailureKind::TooLarge;
    case Code::GuardBlocked:
      return FailureKind::Blocked;
    case Code::RateLimited:
      return FailureKind::RateLimited;
    case Code::ContextLengthExceeded:
      return FailureKind::ContextLength;
    case Code::Unavailable:
    case Code::Overloaded:
      return FailureKind::Unavailable;
    case Code::InvalidArgument:
    case Code::UpstreamRejected:
      return FailureKind::Rejected;
    default:
      return FailureKind::Reset;
  }
}

FailureKind classify(int status, std::string_view code, std::string_view message) {
  if (status >= 200 && status < 300) return FailureKind::None;
  if (status == 429) return FailureKind::RateLimited;
  if (status >= 500) return FailureKind::ServerError;
  if (status == 408) return FailureKind::Timeout;
  const auto says = [](std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
  };
  if (says(code, "context_length") || says(code, "exceed_context") ||
      says(message, "maximum context length") || says(message, "exceeds the available context") ||
      says(message, "context window") || says(message, "prompt is too long")) {
    return FailureKind::ContextLength;
  }
  return FailureKind::Rejected;
}

}  // namespace tandem::gateway
