#include "cost/ledger_hours.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "cost/ledger_store.h"
#include "store/insert_rows.h"

namespace tandem::cost {
namespace {

constexpr int64_t kHourUs = 3'600'000'000;

std::vector<std::string_view> summed_names() {
  std::vector<std::string_view> names;
  for (const LedgerColumn& column : ledger_columns()) {
    if (column.kind == ColumnKind::Summed) names.push_back(column.name);
  }
  return names;
}

store::InsertRows make_upsert() {
  std::vector<std::string_view> names = {"hour", "month"};
  names.insert(names.end(), kHourTexts.begin(), kHourTexts.end());
  std::vector<std::string> updates;
  std::vector<std::string_view> added = summed_names();
  added.insert(added.begin(), "calls");
  for (std::string_view name : added) {
    names.push_back(name);
    updates.push_back(fmt::format("{0} = ledger_hours.{0} + excluded.{0}", name));
  }
  return {"ledger_hours_add", fmt::format("ledger_hours ({})", fmt::join(names, ", ")),
          names.size(),
          fmt::format("ON CONFLICT (hour, project, key_id, user_id, team_id, endpoint, target, "
                      "model, kind, state, cost_source) DO UPDATE SET {}",
                      fmt::join(updates, ", "))};
}

// The primary key of the table: servers that write the same rows in one order cannot deadlock.
using Key = std::pair<int64_t, std::array<std::string_view, kHourTexts.size()>>;

}  // namespace

void HourDeltas::add(const CallNames& names, const EndRecord& record) {
  Sums& sums = deltas_[{&names, record.call.started_us / kHourUs}];
  ++sums.calls;
  const LedgerSums values = sums_of(record);
  for (size_t i = 0; i < values.size(); ++i) sums.values[i] += values[i];
}

Result<void> HourDeltas::write(store::Connection& connection) const {
  TRY_VOID(write_budgets(connection));
  return write_hours(connection);
}

Result<void> HourDeltas::write_budgets(store::Connection& connection) const {
  ledger_store::SumDeltas budgets;
  for (const auto& [name, sums] : deltas_) {
    budgets.add(*name.names, name.hour * kHourUs, sums.values[kCostSum]);
  }
  return budgets.write(connection);
}

Result<void> HourDeltas::write_hours(store::Connection& connection) const {
  static const store::InsertRows kAdd = make_upsert();
  struct Row {
    int64_t month = 0;
    Sums sums;
  };
  std::map<Key, Row> rows;  // names that differ in what is not kept here fall together
  for (const auto& [name, sums] : deltas_) {
    Key key{name.hour, {}};
    for (size_t i = 0; i < kHourTexts.size(); ++i) {
      key.second[i] = name.names->text(kHourTexts[i]);
    }
    Row& row = rows[key];
    row.month = name.names->month;
    row.sums.calls += sums.calls;
    for (size_t i = 0; i < sums.values.size(); ++i) row.sums.values[i] += sums.values[i];
  }
  std::vector<store::Param> params;
  for (const auto& [key, row] : rows) {
    params.emplace_back(key.first);
    params.emplace_back(row.month);
    for (const std::string_view text : key.second) params.emplace_back(text);
    params.emplace_back(row.sums.calls);
    for (const int64_t value : row.sums.values) params.emplace_back(value);
  }
  TRY_VOID(kAdd.run(connection, params));
  return {};
}

}  // namespace tandem::cost
