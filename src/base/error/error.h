// The closed set of things that can go wrong, and the value that carries one of them.
// Every function below the handlers returns Result<T> (base/result.h); the sentence, the hint
// and the field travel in Error, and ONE table (error/error_table.h) says what each code means on
// every surface. Errors are plain values: copyable, no ownership rules, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

enum class Code : uint8_t {
  InvalidArgument,
  Unauthenticated,
  PermissionDenied,
  EndpointNotAllowed,
  NotFound,
  ModelNotFound,
  MethodNotAllowed,
  RequestTimeout,
  AlreadyExists,
  VersionConflict,
  PayloadTooLarge,
  UnsupportedMediaType,
  GuardBlocked,
  ContextLengthExceeded,
  ContentFiltered,
  HeadersTooLarge,
  RateLimited,
  BudgetExceeded,
  Cancelled,
  Internal,
  NotImplemented,
  UpstreamError,
  UpstreamRejected,
  Overloaded,
  Unavailable,
  StorageFailed,
  DeadlineExceeded,
  kCount,
};

// One failure. `message` names the thing and says what was expected; `hint` says what to do next;
// `param` is the field, query parameter or header at fault. All three may be shown to users, so
// they never hold a secret.
struct Error {
  Code code = Code::Internal;
  std::string message;
  std::string hint;
  std::string param;
  // Replaces the table's HTTP status and `error.code`: what a provider said, passed through.
  std::optional<int> upstream_status;
  std::string upstream_code;
  // Seconds until a retry can succeed; becomes `retry-after`.
  std::optional<int64_t> retry_after_s;

  Error() = default;
  Error(Code error_code, std::string text, std::string next_step = {}, std::string field = {})
      : code(error_code),
        message(std::move(text)),
        hint(std::move(next_step)),
        param(std::move(field)) {}

  // Puts `where` before the message ("providers.openai: …"); for errors that bubble up.
  Error within(std::string_view where) &&;
  // "message (hint)" for logs and terminals.
  std::string describe() const;
};

}  // namespace tandem
