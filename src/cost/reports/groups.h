// Sums of the ledger as values, for reports that go on calculating with them. Reads the hourly
// table where the query allows (ledger_query.h). The time of a transaction of the caller's.
//   LedgerQuery query; query.group_by = {"project", "day"}; query.from_us = …;
//   TRY(auto groups, read_groups(connection, query));   // groups[0].sum("cost_nano_usd")
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cost/ledger_columns.h"
#include "cost/ledger_query.h"
#include "store/db.h"

namespace tandem::cost {

struct LedgerGroup {
  std::vector<std::string> keys;  // as group_by has them; periods as text ("2026-11-24")
  int64_t calls = 0;
  LedgerSums sums{};

  int64_t sum(std::string_view column) const { return sums[sum_index(column)]; }
  // Where a summed column stands in LedgerSums.
  static size_t sum_index(std::string_view column);
};

inline constexpr size_t kMaxGroups = 100'000;
// Every group, in the order of their keys. InvalidArgument where there are more than kMaxGroups.
Result<std::vector<LedgerGroup>> read_groups(store::Connection& connection, LedgerQuery query);

}  // namespace tandem::cost
