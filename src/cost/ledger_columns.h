// The columns of table `ledger`, in one list from which the insert, the selects, the sums and the
// JSON of a row derive. Pure.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "cost/record.h"
#include "store/db.h"

namespace tandem::cost {

enum class ColumnKind : uint8_t {
  Text,     // null in JSON where it is empty
  Integer,  // a number in JSON
  Summed,   // a number that grouped queries add up
  Boolean,
  Hidden,  // not in JSON
};

struct LedgerColumn {
  std::string_view name;
  ColumnKind kind;
};

std::span<const LedgerColumn> ledger_columns();
inline constexpr size_t kLedgerColumnCount = 39;
int ledger_column_index(std::string_view name);  // -1 where there is none

// The values of one row in the order of the columns. Holds the texts that are not in the record;
// the record's payload must outlive it.
class LedgerRow {
 public:
  explicit LedgerRow(const EndRecord& record);
  std::span<const store::Param> params() const { return params_; }

  LedgerRow(const LedgerRow&) = delete;
  LedgerRow& operator=(const LedgerRow&) = delete;

 private:
  std::string_view clean(std::string_view text);

  std::string trace_id_;
  std::array<std::string, 10> cleaned_;
  size_t cleaned_count_ = 0;
  std::array<store::Param, kLedgerColumnCount> params_;
};

// 12 * year + month - 1 of a time in UTC, and back as "2026-11".
int64_t month_number(WallUs time_us);
std::string month_text(int64_t month_number);

// "openai" of "openai/gpt-4o"; the whole target where it has no provider.
std::string_view provider_of(std::string_view target);

// `text` where a database takes it; else without NUL bytes and with U+FFFD for malformed UTF-8.
std::string database_text(std::string_view text);
bool is_database_text(std::string_view text);

}  // namespace tandem::cost
