#include "cost/ledger_store.h"

#include "base/time/calendar.h"
#include "store/insert_rows.h"

namespace tandem::cost::ledger_store {
namespace {

using store::Statement;

constexpr Statement kCheckpointRead{
    "ledger_checkpoint_read",
    "SELECT fold_segment, fold_offset, low_segment, low_offset FROM ledger_checkpoints "
    "WHERE node = ?"};
constexpr Statement kCheckpointWrite{
    "ledger_checkpoint_write",
    "INSERT INTO ledger_checkpoints (node, fold_segment, fold_offset, low_segment, low_offset) "
    "VALUES (?, ?, ?, ?, ?) ON CONFLICT (node) DO UPDATE SET "
    "fold_segment = excluded.fold_segment, fold_offset = excluded.fold_offset, "
    "low_segment = excluded.low_segment, low_offset = excluded.low_offset"};
constexpr Statement kRejectInsert{
    "ledger_reject_insert",
    "INSERT INTO ledger_rejects (node, segment, offset_bytes, kind, error, payload) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"};
constexpr Statement kSumsRead{
    "budget_sums_read",
    "SELECT scope, scope_id, period, start_us, settled_nano_usd FROM budget_sums "
    "WHERE period = ? AND start_us >= ? ORDER BY start_us"};

int64_t number(uint64_t value) {
  return static_cast<int64_t>(value);
}

// The start of the period before the one of `now_us`: calls admitted in it may still be open.
WallUs oldest_start(Period period, WallUs now_us) {
  const WallUs start = period_start(period, now_us);
  return period == Period::Total ? start : period_start(period, start - 1);
}

}  // namespace

Result<std::optional<Checkpoint>> read_checkpoint(store::Connection& connection,
                                                  std::string_view node) {
  return connection.find(kCheckpointRead, {node}, [](const store::Row& row) {
    const auto at = [&](int column) { return static_cast<uint64_t>(row.integer(column)); };
    return Checkpoint{{at(0), at(1)}, {at(2), at(3)}};
  });
}

Result<void> write_checkpoint(store::Connection& connection, std::string_view node,
                              const Checkpoint& checkpoint) {
  TRY_VOID(connection.run(kCheckpointWrite,
                          {node, number(checkpoint.fold.segment), number(checkpoint.fold.offset),
                           number(checkpoint.low.segment), number(checkpoint.low.offset)}));
  return {};
}

Result<void> insert_reject(store::Connection& connection, std::string_view node,
                           store::Position position, store::RecordKind kind,
                           std::span<const uint8_t> payload, std::string_view error) {
  TRY_VOID(connection.run(kRejectInsert, {node, number(position.segment), number(position.offset),
                                          static_cast<int64_t>(kind), error, payload}));
  return {};
}

void SumDeltas::add(const CallNames& names, WallUs admitted_us, int64_t cost_nano_usd) {
  if (cost_nano_usd == 0) return;
  const auto add_scope = [&](Scope scope, std::string_view id) {
    if (id.empty()) return;
    for (Period period : kKeptPeriods) {
      const WallUs start = period_start(period, admitted_us);
      deltas_[Name(scope, id, period, start)] += cost_nano_usd;
    }
  };
  add_scope(Scope::Organisation, kOrganisationId);
  add_scope(Scope::Project, names.text("project"));
  add_scope(Scope::Team, names.text("team_id"));
  add_scope(Scope::User, names.text("user_id"));
  add_scope(Scope::Key, names.text("key_id"));
  add_scope(Scope::Endpoint, names.text("endpoint"));
}

Result<void> SumDeltas::write(store::Connection& connection) const {
  static const store::InsertRows kAdd(
      "budget_sums_add", "budget_sums (scope, scope_id, period, start_us, settled_nano_usd)", 5,
      "ON CONFLICT (scope, scope_id, period, start_us) DO UPDATE SET "
      "settled_nano_usd = budget_sums.settled_nano_usd + excluded.settled_nano_usd");
  std::vector<store::Param> params;
  for (const auto& [name, delta] : deltas_) {
    const auto& [scope, id, period, start_us] = name;
    params.emplace_back(scope_name(scope));
    params.emplace_back(std::string_view(id));
    params.emplace_back(period_name(period));
    params.emplace_back(start_us);
    params.emplace_back(delta);
  }
  TRY_VOID(kAdd.run(connection, params));
  return {};
}

Result<std::vector<Sum>> read_sums(store::Connection& connection, WallUs now_us) {
  std::vector<Sum> out;
  for (Period period : kKeptPeriods) {
    Result<void> understood;
    const auto each = [&](const store::Row& row) {
      const auto scope = parse_scope(row.text(0));
      if (!scope) {
        understood = fail(scope.error());
        return false;
      }
      out.push_back({*scope, row.str(1), period, row.integer(3), row.integer(4)});
      return true;
    };
    TRY_VOID(
        connection.query(kSumsRead, {period_name(period), oldest_start(period, now_us)}, each));
    TRY_VOID(understood);
  }
  return out;
}

}  // namespace tandem::cost::ledger_store
