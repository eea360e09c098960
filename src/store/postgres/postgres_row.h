// PostgresRow: one row of an answer in text format, read as SQLite would read it. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/db.h"

struct pg_result;  // libpq's PGresult

namespace tandem::store {

// Built-in type numbers (pg_type.dat), fixed for ever.
inline constexpr unsigned kOidBool = 16;
inline constexpr unsigned kOidBytea = 17;
inline constexpr unsigned kOidInt8 = 20;
inline constexpr unsigned kOidFloat8 = 701;

class PostgresRow final : public Row {
 public:
  explicit PostgresRow(const pg_result* result);  // outlives the row
  void move_to(int row);

  int columns() const override { return columns_; }
  bool is_null(int column) const override;
  int64_t integer(int column) const override;
  double real(int column) const override;
  std::string_view text(int column) const override;
  std::span<const uint8_t> blob(int column) const override;

 private:
  std::string_view value(int column) const;

  const pg_result* result_;
  int columns_;
  int row_ = 0;
  mutable std::vector<std::optional<std::string>> decoded_;  // bytea columns of this row
};

}  // namespace tandem::store
