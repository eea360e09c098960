#include "cost/ledger_hours.h"

#include <fmt/format.h>

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

std::string make_upsert() {
  std::vector<std::string_view> names = {"hour", "month"};
  names.insert(names.end(), kHourTexts.begin(), kHourTexts.end());
  std::vector<std::string> updates;
  std::vector<std::string_view> added = summed_names();
  added.insert(added.begin(), "calls");
  for (std::string_view name : added) {
    names.push_back(name);
    updates.push_back(fmt::format("{0} = ledger_hours.{0} + excluded.{0}", name));
  }
  const std::vector<std::string_view> marks(names.size(), "?");
  return fmt::format(
      "INSERT INTO ledger_hours ({}) VALUES ({}) ON CONFLICT (hour, project, key_id, user_id, "
      "team_id, endpoint, target, model, kind, state, cost_source) DO UPDATE SET {}",
      fmt::join(names, ", "), fmt::join(marks, ", "), fmt::join(updates, ", "));
}

// Where a column stands in a row's parameters.
int64_t integer_of(const LedgerRow& row, int column) {
  return std::get<int64_t>(row.params()[static_cast<size_t>(column)]);
}

}  // namespace

void HourDeltas::add(const LedgerRow& row) {
  static const int kStarted = ledger_column_index("started_us");
  static const int kMonth = ledger_column_index("month");
  static const auto kTexts = [] {
    std::array<size_t, kHourTexts.size()> at{};
    for (size_t i = 0; i < at.size(); ++i) {
      at[i] = static_cast<size_t>(ledger_column_index(kHourTexts[i]));
    }
    return at;
  }();
  Name name;
  name.hour = integer_of(row, kStarted) / kHourUs;
  name.month = integer_of(row, kMonth);
  for (size_t i = 0; i < kTexts.size(); ++i) {
    name.texts[i] = std::get<std::string_view>(row.params()[kTexts[i]]);
  }
  Sums& sums = deltas_[std::move(name)];
  ++sums.calls;
  size_t next = 0;
  for (size_t i = 0; i < kLedgerColumnCount; ++i) {
    if (ledger_columns()[i].kind != ColumnKind::Summed) continue;
    if (next == sums.values.size()) sums.values.push_back(0);
    sums.values[next++] += integer_of(row, static_cast<int>(i));
  }
}

Result<void> HourDeltas::write(store::Connection& connection) const {
  static const std::string kSql = make_upsert();
  std::vector<store::Param> params;
  for (const auto& [name, sums] : deltas_) {
    params.assign({name.hour, name.month});
    for (const std::string& text : name.texts) params.emplace_back(std::string_view(text));
    params.emplace_back(sums.calls);
    for (int64_t value : sums.values) params.emplace_back(value);
    TRY_VOID(connection.run(store::Statement{"ledger_hours_add", kSql}, params));
  }
  return {};
}

}  // namespace tandem::cost
