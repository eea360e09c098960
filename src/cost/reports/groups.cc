#include "cost/reports/groups.h"

#include "cost/errors.h"
#include "cost/ledger_fields.h"

namespace tandem::cost {

size_t LedgerGroup::sum_index(std::string_view column) {
  size_t index = 0;
  for (const LedgerColumn& each : ledger_columns()) {
    if (each.kind != ColumnKind::Summed) continue;
    if (each.name == column) return index;
    ++index;
  }
  return 0;  // a name that a test of the caller's would miss at once
}

Result<std::vector<LedgerGroup>> read_groups(store::Connection& connection, LedgerQuery query) {
  query.limit = kMaxGroups;
  query.order = SortOrder::Ascending;
  std::vector<LedgerGroup> groups;
  const LedgerSql sql = ledger_sql(query, connection.dialect());
  const auto each = [&](const store::Row& row) {
    LedgerGroup group;
    int column = 0;
    for (const std::string_view name : query.group_by) {
      const GroupType type = find_group_field(name)->type;
      group.keys.push_back(type == GroupType::Text ? row.str(column)
                                                   : period_text(type, row.integer(column)));
      ++column;
    }
    group.calls = row.integer(column++);
    for (int64_t& sum : group.sums) sum = row.integer(column++);
    groups.push_back(std::move(group));
    return groups.size() <= kMaxGroups;
  };
  TRY_VOID(connection.query(store::Statement{"ledger_groups", sql.sql}, sql.params, each));
  if (groups.size() > kMaxGroups) return fail(errors::too_many_groups(kMaxGroups));
  return groups;
}

}  // namespace tandem::cost
