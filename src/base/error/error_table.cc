#include "base/error/error_table.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

using enum Code;
constexpr auto kNever = Retry::Never;
constexpr auto kWait = Retry::AfterWait;
constexpr auto kInfo = LogLevel::Info;
constexpr auto kWarn = LogLevel::Warn;
constexpr auto kError = LogLevel::Error;

// clang-format off
constexpr std::array<ErrorRow, static_cast<size_t>(Code::kCount)> kRows{{
  {InvalidArgument, "invalid_argument", 400, "invalid_request_error", "invalid_request_error", "INVALID_PARAMETER_VALUE", 3, kNever, kInfo, "The request is malformed or a field has a wrong value."},
  {Unauthenticated, "invalid_api_key", 401, "authentication_error", "authentication_error", "UNAUTHENTICATED", 16, kNever, kInfo, "No key, or one that is unknown, expired or revoked."},
  {PermissionDenied, "permission_denied", 403, "permission_error", "permission_error", "PERMISSION_DENIED", 7, kNever, kInfo, "The key is valid but its role may not do this."},
  {EndpointNotAllowed, "endpoint_not_allowed", 403, "permission_error", "permission_error", "PERMISSION_DENIED", 7, kNever, kInfo, "The endpoint exists but is outside the key's scope."},
  {NotFound, "not_found", 404, "invalid_request_error", "not_found_error", "RESOURCE_DOES_NOT_EXIST", 5, kNever, kInfo, "The resource or route does not exist."},
  {ModelNotFound, "model_not_found", 404, "invalid_request_error", "not_found_error", "RESOURCE_DOES_NOT_EXIST", 5, kNever, kInfo, "No endpoint has the name that the request gave as its model."},
  {MethodNotAllowed, "method_not_allowed", 405, "invalid_request_error", "invalid_request_error", "BAD_REQUEST", 12, kNever, kInfo, "The path exists, the method does not."},
  {RequestTimeout, "request_timeout", 408, "invalid_request_error", "timeout_error", "BAD_REQUEST", 4, kWait, kInfo, "The request did not arrive whole in time."},
  {AlreadyExists, "already_exists", 409, "invalid_request_error", "invalid_request_error", "RESOURCE_ALREADY_EXISTS", 6, kNever, kInfo, "A resource of that name exists."},
  {VersionConflict, "version_conflict", 412, "invalid_request_error", "invalid_request_error", "RESOURCE_CONFLICT", 10, kNever, kInfo, "The resource changed since the version in If-Match."},
  {PayloadTooLarge, "payload_too_large", 413, "invalid_request_error", "request_too_large", "BAD_REQUEST", 8, kNever, kInfo, "The body is larger than the limit of its route."},
  {UnsupportedMediaType, "unsupported_media_type", 415, "invalid_request_error", "invalid_request_error", "BAD_REQUEST", 3, kNever, kInfo, "The content type or encoding is not one that the route reads."},
  {GuardBlocked, "guard_blocked", 400, "invalid_request_error", "invalid_request_error", "BAD_REQUEST", 9, kNever, kInfo, "A guard policy refused the input or the output."},
  {ContextLengthExceeded, "context_length_exceeded", 400, "invalid_request_error", "invalid_request_error", "BAD_REQUEST", 11, kNever, kInfo, "The input is longer than the model's context."},
  {ContentFiltered, "content_filter", 400, "invalid_request_error", "invalid_request_error", "BAD_REQUEST", 9, kNever, kInfo, "The provider's content filter refused the request."},
  {HeadersTooLarge, "headers_too_large", 431, "invalid_request_error", "invalid_request_error", "BAD_REQUEST", 8, kNever, kInfo, "The request line and headers exceed the limit."},
  {RateLimited, "rate_limit_exceeded", 429, "rate_limit_error", "rate_limit_error", "REQUEST_LIMIT_EXCEEDED", 8, kWait, kInfo, "A rate limit of the key or project is used up; retry-after says until when."},
  {BudgetExceeded, "budget_exceeded", 429, "insufficient_quota", "rate_limit_error", "RESOURCE_EXHAUSTED", 8, kNever, kInfo, "A budget cannot hold the estimated cost of the call."},
  {Cancelled, "client_closed_request", 499, "api_error", "api_error", "CANCELLED", 1, kNever, kInfo, "The client went away before the answer was complete."},
  {Internal, "internal_error", 500, "api_error", "api_error", "INTERNAL_ERROR", 13, kWait, kError, "A bug in Tandem; the trace id finds it in the log."},
  {NotImplemented, "not_implemented", 501, "invalid_request_error", "api_error", "NOT_IMPLEMENTED", 12, kNever, kInfo, "The protocol has this feature and this server does not."},
  {UpstreamError, "upstream_error", 502, "api_error", "api_error", "INTERNAL_ERROR", 14, kWait, kWarn, "Every target failed: reset, malformed answer or server error."},
  {UpstreamRejected, "upstream_rejected", 400, "invalid_request_error", "invalid_request_error", "BAD_REQUEST", 3, kNever, kInfo, "The provider refused the request; its status and code are passed through."},
  {Overloaded, "overloaded", 503, "overloaded_error", "overloaded_error", "TEMPORARILY_UNAVAILABLE", 14, kWait, kWarn, "A queue or pool is full; retry-after says when to come back."},
  {Unavailable, "unavailable", 503, "api_error", "api_error", "TEMPORARILY_UNAVAILABLE", 14, kWait, kWarn, "The target or engine is not ready."},
  {StorageFailed, "storage_failed", 503, "api_error", "api_error", "TEMPORARILY_UNAVAILABLE", 14, kWait, kError, "The data folder or database cannot be written or read."},
  {DeadlineExceeded, "deadline_exceeded", 504, "timeout_error", "timeout_error", "DEADLINE_EXCEEDED", 4, kWait, kWarn, "The deadline of the call or of its target passed."},
}};
// clang-format on

// By code. Source: google/rpc/code.proto.
constexpr std::array<std::string_view, 17> kGrpcNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

constexpr bool in_order() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].code != static_cast<Code>(i)) return false;
  }
  return true;
}
static_assert(in_order(), "a row of the error table stands at the wrong place");

}  // namespace

const ErrorRow& error_row(Code code) {
  return kRows[static_cast<size_t>(code)];
}

std::string_view grpc_name(int code) {
  const auto at = static_cast<size_t>(code);
  return at < kGrpcNames.size() ? kGrpcNames[at] : "UNKNOWN";
}

bool is_grpc_name(std::string_view name) {
  return std::find(kGrpcNames.begin(), kGrpcNames.end(), name) != kGrpcNames.end();
}

std::span<const ErrorRow> error_table() {
  return kRows;
}

}  // namespace tandem
