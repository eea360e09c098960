// The SQL of the ledger: rows, budget sums, checkpoints and rejects. Each function runs inside a
// transaction of the caller's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "cost/budget_types.h"
#include "cost/ledger_names.h"
#include "store/db.h"
#include "store/journal.h"

namespace tandem::cost::ledger_store {

struct Checkpoint {
  store::Position fold;  // every record before is in the database
  store::Position low;   // every reservation before has its end
};
Result<std::optional<Checkpoint>> read_checkpoint(store::Connection& connection,
                                                  std::string_view node);
Result<void> write_checkpoint(store::Connection& connection, std::string_view node,
                              const Checkpoint& checkpoint);

Result<void> insert_reject(store::Connection& connection, std::string_view node,
                           store::Position position, store::RecordKind kind,
                           std::span<const uint8_t> payload, std::string_view error);

// Settled cost to add, by scope, id and period.
class SumDeltas {
 public:
  // `admitted_us`: any time in the hour of the admissions.
  void add(const CallNames& names, WallUs admitted_us, int64_t cost_nano_usd);
  Result<void> write(store::Connection& connection) const;

 private:
  using Name = std::tuple<Scope, std::string, Period, WallUs>;
  std::map<Name, int64_t> deltas_;  // sorted: two servers that write the same rows cannot deadlock
};

struct Sum {
  Scope scope;
  std::string id;
  Period period;
  WallUs start_us;
  NanoUsd settled_nano_usd;
};
// The sums that budgets need at `now_us`: the current and the previous day and month, and totals.
Result<std::vector<Sum>> read_sums(store::Connection& connection, WallUs now_us);

}  // namespace tandem::cost::ledger_store
