#include "store/insert_rows.h"

#include "store/errors.h"

namespace tandem::store {
namespace {

std::string placeholders(size_t columns) {
  std::string row = "(";
  for (size_t i = 0; i < columns; ++i) row += i == 0 ? "?" : ", ?";
  return row + ")";
}

}  // namespace

InsertRows::InsertRows(std::string_view name, std::string_view table, size_t columns,
                       std::string_view tail)
    : name_(name), columns_(columns) {
  const std::string row = placeholders(columns);
  for (size_t i = 0; i < kRows.size(); ++i) {
    std::string rest;
    rest.append(" INTO ").append(table).append(" VALUES");
    for (size_t n = 0; n < kRows[i]; ++n) rest.append(n == 0 ? " " : ", ").append(row);
    if (!tail.empty()) rest.append(" ").append(tail);
    sqlite_[i] = "INSERT OR FAIL" + rest;
    postgres_[i] = "INSERT" + rest;
  }
}

Result<int64_t> InsertRows::run(Connection& connection, std::span<const Param> params) const {
  if (params.size() % columns_ != 0) {
    return fail(errors::statement_wrong(name_, "its parameters are not whole rows"));
  }
  const Texts& sql = connection.dialect() == Dialect::Sqlite ? sqlite_ : postgres_;
  int64_t inserted = 0;
  for (size_t i = 0; i < kRows.size(); ++i) {
    const size_t taken = kRows[i] * columns_;
    while (params.size() >= taken) {
      TRY(const int64_t rows, connection.run(Statement{name_, sql[i]}, params.first(taken)));
      inserted += rows;
      params = params.subspan(taken);
    }
  }
  return inserted;
}

}  // namespace tandem::store
