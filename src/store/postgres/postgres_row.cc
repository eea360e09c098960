#include "store/postgres/postgres_row.h"

#include <libpq-fe.h>

#include <charconv>

#include "base/text/encode.h"

namespace tandem::store {

PostgresRow::PostgresRow(const PGresult* result)
    : result_(result), columns_(PQnfields(result)), decoded_(static_cast<size_t>(columns_)) {}

void PostgresRow::move_to(int row) {
  row_ = row;
  for (std::optional<std::string>& bytes : decoded_) bytes.reset();
}

bool PostgresRow::is_null(int column) const {
  return column < 0 || column >= columns_ || PQgetisnull(result_, row_, column) != 0;
}

std::string_view PostgresRow::value(int column) const {
  if (is_null(column)) return {};
  return {PQgetvalue(result_, row_, column),
          static_cast<size_t>(PQgetlength(result_, row_, column))};
}

int64_t PostgresRow::integer(int column) const {
  const std::string_view digits = value(column);
  if (digits == "t" && PQftype(result_, column) == kOidBool) return 1;
  int64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) return digits.front() == '-' ? INT64_MIN : INT64_MAX;
  // "1.5e3": an integer's digits would stop at the point.
  if (end != digits.data() + digits.size()) return static_cast<int64_t>(real(column));
  return number;
}

double PostgresRow::real(int column) const {
  const std::string_view digits = value(column);
  if (digits == "t" && PQftype(result_, column) == kOidBool) return 1;
  double number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// bytea arrives as \x and hex digits.
std::span<const uint8_t> PostgresRow::blob(int column) const {
  std::string_view bytes = value(column);
  if (!is_null(column) && PQftype(result_, column) == kOidBytea) {
    std::optional<std::string>& slot = decoded_[static_cast<size_t>(column)];
    if (!slot) slot = text::from_hex(bytes.substr(2)).value_or(std::string());
    bytes = *slot;
  }
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

std::string_view PostgresRow::text(int column) const {
  if (is_null(column) || PQftype(result_, column) != kOidBytea) return value(column);
  const std::span<const uint8_t> bytes = blob(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tandem::store
