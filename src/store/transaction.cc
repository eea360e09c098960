#include "store/transaction.h"

#include <simdjson.h>

#include <cmath>
#include <cstring>

#include "store/errors.h"

namespace tandem::store {
namespace {

bool storable(std::string_view text) {
  if (text.empty()) return true;
  return std::memchr(text.data(), 0, text.size()) == nullptr &&
         simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace

Result<void> check_params(const Statement& statement, std::span<const Param> params) {
  for (size_t i = 0; i < params.size(); ++i) {
    if (auto* text = std::get_if<std::string_view>(&params[i]); text && !storable(*text)) {
      return fail(errors::text_not_storable(statement.name, i + 1));
    }
    if (auto* number = std::get_if<double>(&params[i]); number && !std::isfinite(*number)) {
      return fail(errors::number_not_finite(statement.name, i + 1));
    }
  }
  return {};
}

Result<void> Transaction::usable(const Statement& statement, std::span<const Param> params) const {
  if (failed_) return fail(*failed_);
  return check_params(statement, params);
}

Result<int64_t> Transaction::run(const Statement& statement, std::span<const Param> params) {
  TRY_VOID(usable(statement, params));
  Result<int64_t> rows = session_.run(statement, params);
  if (!rows && !failed_) failed_ = rows.error();
  return rows;
}

Result<void> Transaction::query(const Statement& statement, std::span<const Param> params,
                                const EachRow& each) {
  TRY_VOID(usable(statement, params));
  Result<void> done = session_.query(statement, params, each);
  if (!done && !failed_) failed_ = done.error();
  return done;
}

Result<void> Transaction::script(const Statement& statement) {
  TRY_VOID(usable(statement, {}));
  Result<void> done = session_.script(statement);
  if (!done && !failed_) failed_ = done.error();
  return done;
}

Result<void> Transaction::outcome(Result<void> answer) const {
  if (answer && failed_) return fail(*failed_);
  return answer;
}

}  // namespace tandem::store
