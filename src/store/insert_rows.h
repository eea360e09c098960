// InsertRows: one INSERT for many rows at once. A statement of its own for each row costs more than
// the row; this runs as many statements of 16 rows as there are, then of 4, then of 1. On SQLite
// they are INSERT OR FAIL: a statement that fails ends its job, so SQLite need not keep what it
// would take to undo half of one. One instance per table, usually static; any thread.
//   static const InsertRows kInsert("spans.insert", "spans (id, head)", 2);
//   TRY(int64_t inserted, kInsert.run(connection, params));   // 2 params a row, row after row
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/db.h"

namespace tandem::store {

class InsertRows {
 public:
  // `table` with its columns; `tail` follows the rows, such as "ON CONFLICT DO NOTHING".
  InsertRows(std::string_view name, std::string_view table, size_t columns,
             std::string_view tail = {});

  // The number of rows that were inserted. `params` holds whole rows.
  Result<int64_t> run(Connection& connection, std::span<const Param> params) const;

 private:
  static constexpr std::array<size_t, 3> kRows = {16, 4, 1};
  using Texts = std::array<std::string, kRows.size()>;

  const std::string name_;
  const size_t columns_;
  Texts sqlite_;
  Texts postgres_;
};

}  // namespace tandem::store
