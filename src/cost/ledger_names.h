// LedgerNames: who and what a row of the ledger is about. Calls differ in their numbers and share
// their names, so a set of names is stored once, in table `ledger_names`, and rows refer to it: a
// row costs a third, and every filter by names is one small table and one index. Owned by the row
// writer; one thread.
//   TRY(const CallNames* names, cache.find(connection, record));   // names->no
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cost/record.h"
#include "store/db.h"

namespace tandem::cost {

// The text columns of `ledger_names`, in their order there.
inline constexpr std::array<std::string_view, 15> kNameTexts = {
    "project", "key_id", "user_id", "team_id",     "endpoint",      "provider", "target", "model",
    "kind",    "state",  "reason",  "cost_source", "energy_source", "price_id", "tier"};

struct CallNames {
  int64_t no = 0;
  int64_t month = 0;  // of the admission, see month_number()
  std::array<std::string, kNameTexts.size()> texts;

  std::string_view text(std::string_view column) const;
};

class LedgerNames {
 public:
  // Valid until forget() or begin(). What is new is added to the table.
  Result<const CallNames*> find(store::Connection& connection, const EndRecord& record);
  // Before a batch: keeps what is remembered within its limit.
  void begin();
  // After a transaction that failed: what it added is not there.
  void forget() { known_.clear(); }

 private:
  void write_key(const EndRecord& record, int64_t month);

  std::unordered_map<std::string, CallNames> known_;
  std::string key_;
};

}  // namespace tandem::cost
