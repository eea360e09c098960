// Ledger: folds the journal's settlements into table `ledger`. A background thread follows the
// journal and writes rows, budget sums and its checkpoint in one transaction, every 100 ms or 1000
// records; a database that is down or full delays rows and loses none, because the journal keeps
// them. Owned by the composition root.
//   TRY(auto ledger, Ledger::open(db, journal, budgets, {}));      // recovers, restores budgets
//   Accountant accountant(...);
//   ledger->start([&] { accountant.retry_unwritten(); });
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cost/budgets.h"
#include "store/db.h"
#include "store/journal.h"

namespace tandem::cost {

// What to do where the journal's bytes are damaged in the middle.
enum class OnDamage : uint8_t {
  Stop,         // open() fails, a running ledger waits: a person decides
  SkipSegment,  // give up the rest of that segment, count it and go on
};

struct LedgerOptions {
  std::string node = "local";  // whose journal this is, where several servers share a database
  int64_t batch_interval_ms = 100;
  size_t batch_records = 1000;
  int64_t retry_least_ms = 100;
  int64_t retry_most_ms = 500;  // soon after a full disk has room again, rows are readable
  OnDamage on_damage = OnDamage::Stop;
  std::function<WallUs()> now = wall_now_us;
  // Other readers of the same journal: segments from here on are kept. Empty: none.
  std::function<store::Position()> keep_from;
};

// For /metrics.
struct LedgerStats {
  uint64_t rows = 0;        // inserted since start
  uint64_t duplicates = 0;  // ends whose row was there already
  uint64_t rejects = 0;     // records that could not be read; kept in ledger_rejects
  uint64_t commits = 0;
  uint64_t failures = 0;          // commits and reads that failed and were tried again
  uint64_t damaged_segments = 0;  // skipped
  uint64_t recovered = 0;         // reservations that open() settled at their estimate
  size_t open_calls = 0;          // reservations without an end in the journal
  size_t pending_records = 0;     // read and not yet committed
  int64_t lag_us = 0;             // age of the oldest of those
  store::Position folded;
};

class Ledger {
 public:
  // The migrations of cost/schema.h must have run. Folds what the journal has beyond the
  // checkpoint, settles reservations that have no end at their estimates (in the journal first),
  // then restores the current sums into `budgets`. Must be called before anything new is reserved.
  // All three references outlive the ledger.
  static Result<std::unique_ptr<Ledger>> open(store::Db& db, store::Journal& journal,
                                              Budgets& budgets, LedgerOptions options = {});
  ~Ledger();  // stops
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // `on_tick` is called on the ledger's thread, at least every 50 ms while the ledger is idle.
  void start(std::function<void()> on_tick = {});
  // Folds what the journal holds (unless the database fails), then joins the thread.
  void stop();

  // Waits until all that was appended before this call is in the database; false after
  // `timeout_ms`.
  bool catch_up(int64_t timeout_ms);

  LedgerStats stats() const;

 private:
  struct State;
  explicit Ledger(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tandem::cost
