// The hourly sums of the ledger: what a batch of rows adds to table `ledger_hours`. One thread.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "cost/ledger_columns.h"
#include "store/db.h"

namespace tandem::cost {

// The text columns that hourly sums are kept by; provider follows from target.
inline constexpr std::array<std::string_view, 11> kHourTexts = {
    "project", "key_id", "user_id", "team_id", "endpoint",   "provider",
    "target",  "model",  "kind",    "state",   "cost_source"};

class HourDeltas {
 public:
  void add(const LedgerRow& row);
  Result<void> write(store::Connection& connection) const;

 private:
  struct Name {
    int64_t hour = 0;
    int64_t month = 0;
    std::array<std::string, kHourTexts.size()> texts;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  struct Sums {
    int64_t calls = 0;
    std::vector<int64_t> values;  // of the summed columns, in their order
  };
  std::map<Name, Sums> deltas_;
};

}  // namespace tandem::cost
