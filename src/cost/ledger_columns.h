// The columns of view `ledger`, in one list from which the selects, the sums and the JSON of a row
// derive. Behind the view are `ledger_rows` and `ledger_names`. Pure.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "cost/record.h"

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
  std::string_view sql = name;  // over ledger_rows and ledger_names
};

std::span<const LedgerColumn> ledger_columns();
inline constexpr size_t kLedgerColumnCount = 47;
int ledger_column_index(std::string_view name);  // -1 where there is none

// A row's value in each summed column, in the order of the columns.
inline constexpr size_t kSummedColumns = 25;
inline constexpr size_t kCostSum = 0;
using LedgerSums = std::array<int64_t, kSummedColumns>;
LedgerSums sums_of(const EndRecord& record);

// A row's id is the time of its admission and a number among the calls of that microsecond, so that
// the table itself is in the order in which the ledger is read.
inline constexpr int kRowNumberBits = 10;
int64_t first_row_id(WallUs started_us);

// 12 * year + month - 1 of a time in UTC, and back as "2026-11".
int64_t month_number(WallUs time_us);
std::string month_text(int64_t month_number);

// "openai" of "openai/gpt-4o"; the whole target where it has no provider.
std::string_view provider_of(std::string_view target);

// `text` where a database takes it; else without NUL bytes and with U+FFFD for malformed UTF-8.
std::string database_text(std::string_view text);
bool is_database_text(std::string_view text);

}  // namespace tandem::cost
