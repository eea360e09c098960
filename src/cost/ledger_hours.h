// What a batch of rows adds to the sums: table `ledger_hours` for charts, `budget_sums` for
// budgets. Gathered by names and hour, which are few in a batch however many rows it has. One
// thread.
#pragma once

#include <array>
#include <string_view>
#include <unordered_map>

#include "cost/ledger_columns.h"
#include "cost/ledger_names.h"
#include "store/db.h"

namespace tandem::cost {

// The text columns that hourly sums are kept by; provider follows from target.
inline constexpr std::array<std::string_view, 11> kHourTexts = {
    "project", "key_id", "user_id", "team_id", "endpoint",   "provider",
    "target",  "model",  "kind",    "state",   "cost_source"};

class HourDeltas {
 public:
  // `names` outlives the deltas.
  void add(const CallNames& names, const EndRecord& record);
  Result<void> write(store::Connection& connection) const;
  void clear() { deltas_.clear(); }

 private:
  struct Name {
    const CallNames* names = nullptr;
    int64_t hour = 0;
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct NameHash {
    size_t operator()(const Name& name) const {
      return static_cast<size_t>(name.names->no * 1'000'003 + name.hour);
    }
  };
  struct Sums {
    int64_t calls = 0;
    LedgerSums values{};
  };
  Result<void> write_hours(store::Connection& connection) const;
  Result<void> write_budgets(store::Connection& connection) const;

  std::unordered_map<Name, Sums, NameHash> deltas_;
};

}  // namespace tandem::cost
