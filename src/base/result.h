// Result<T>: a value or an Error. TRY and CO_TRY unwrap one or return its error at once.
//   TRY(auto endpoint, endpoints.get_endpoint(name));
//   CO_TRY(auto rows, co_await db.read(...));
// CO_TRY is a statement, never part of a larger expression (see tests/toolchain).
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/error/error.h"

namespace tandem {

template <class T = void>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

inline Failure fail(Error error) {
  return Failure(std::move(error));
}
inline Failure fail(Code code, std::string message, std::string hint = {}, std::string param = {}) {
  return Failure(Error(code, std::move(message), std::move(hint), std::move(param)));
}

}  // namespace tandem

#define TANDEM_CONCAT_(a, b) a##b
#define TANDEM_CONCAT(a, b) TANDEM_CONCAT_(a, b)

#define TANDEM_TRY_(result, return_, declaration, expression)     \
  auto result = (expression);                                     \
  if (!result) return_ ::tandem::fail(std::move(result).error()); \
  declaration = *std::move(result)

#define TRY(declaration, expression) \
  TANDEM_TRY_(TANDEM_CONCAT(try_result_, __LINE__), return, declaration, expression)
#define CO_TRY(declaration, expression) \
  TANDEM_TRY_(TANDEM_CONCAT(try_result_, __LINE__), co_return, declaration, expression)

// The same for Result<void>.
#define TRY_VOID(expression)                               \
  do {                                                     \
    if (auto try_void_ = (expression); !try_void_)         \
      return ::tandem::fail(std::move(try_void_).error()); \
  } while (false)
#define CO_TRY_VOID(expression)                                             \
  do {                                                                      \
    auto try_void_ = (expression);                                          \
    if (!try_void_) co_return ::tandem::fail(std::move(try_void_).error()); \
  } while (false)
