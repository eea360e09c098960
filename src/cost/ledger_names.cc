#include "cost/ledger_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "cost/errors.h"
#include "cost/ledger_columns.h"

namespace tandem::cost {
namespace {

using store::Statement;

constexpr size_t kMaxKnown = 65'536;
constexpr int kAttempts = 5;  // several servers add names to one PostgreSQL

std::string make_find() {
  return fmt::format("SELECT no FROM ledger_names WHERE month = ? AND {} = ?",
                     fmt::join(kNameTexts, " = ? AND "));
}

// WHERE true: SQLite would take ON for a join's.
std::string make_add() {
  const std::vector<std::string_view> marks(kNameTexts.size(), "?");
  return fmt::format(
      "INSERT INTO ledger_names (no, month, {}) SELECT COALESCE(MAX(no), 0) + 1, ?, {} "
      "FROM ledger_names WHERE true ON CONFLICT DO NOTHING",
      fmt::join(kNameTexts, ", "), fmt::join(marks, ", "));
}

CallNames names_of(const EndRecord& record, int64_t month) {
  const CallRecord& call = record.call;
  const std::string_view reason =
      record.reason == Reason::None ? std::string_view() : reason_name(record.reason);
  const std::string target = database_text(call.target);
  CallNames names;
  names.month = month;
  names.texts = {database_text(call.project),
                 database_text(call.key),
                 database_text(call.user),
                 database_text(call.team),
                 database_text(call.endpoint),
                 std::string(provider_of(target)),
                 target,
                 database_text(call.model),
                 database_text(call.kind),
                 std::string(state_name(record.state)),
                 std::string(reason),
                 std::string(cost_source_name(record.source)),
                 std::string(energy_source_name(record.resources.energy_source)),
                 price_id_text(record.price_id),
                 std::string(tier_name(record.tier))};
  return names;
}

Result<int64_t> find_or_add(store::Connection& connection, const CallNames& names) {
  static const std::string kFind = make_find();
  static const std::string kAdd = make_add();
  std::vector<store::Param> params = {names.month};
  for (const std::string& text : names.texts) params.emplace_back(std::string_view(text));
  int64_t no = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TRY_VOID(connection.query(Statement{"ledger_names_find", kFind}, params,
                              [&no](const store::Row& row) {
                                no = row.integer(0);
                                return false;
                              }));
    if (no != 0) return no;
    TRY_VOID(connection.run(Statement{"ledger_names_add", kAdd}, params));
  }
  return fail(errors::names_contended());
}

}  // namespace

std::string_view CallNames::text(std::string_view column) const {
  const auto* found = std::find(kNameTexts.begin(), kNameTexts.end(), column);
  return texts.at(static_cast<size_t>(found - kNameTexts.begin()));
}

void LedgerNames::begin() {
  if (known_.size() > kMaxKnown) known_.clear();
}

// Everything that the names come from; each text behind its length.
void LedgerNames::write_key(const EndRecord& record, int64_t month) {
  const CallRecord& call = record.call;
  const auto small = [](auto value) { return static_cast<char>(value); };
  const char fixed[] = {small(record.state), small(record.reason), small(record.source),
                        small(record.resources.energy_source), small(record.tier)};
  key_.assign(fixed, sizeof fixed);
  key_.append(reinterpret_cast<const char*>(&record.price_id), sizeof record.price_id);
  key_.append(reinterpret_cast<const char*>(&month), sizeof month);
  for (const std::string_view text : {call.project, call.key, call.user, call.team, call.endpoint,
                                      call.target, call.model, call.kind}) {
    const auto length = static_cast<uint32_t>(text.size());
    key_.append(reinterpret_cast<const char*>(&length), sizeof length);
    key_.append(text);
  }
}

Result<const CallNames*> LedgerNames::find(store::Connection& connection, const EndRecord& record) {
  const int64_t month = month_number(record.call.started_us);
  write_key(record, month);
  if (const auto found = known_.find(key_); found != known_.end()) return &found->second;
  CallNames names = names_of(record, month);
  TRY(names.no, find_or_add(connection, names));
  return &known_.emplace(key_, std::move(names)).first->second;
}

}  // namespace tandem::cost
