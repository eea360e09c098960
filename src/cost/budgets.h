// Budgets: what every scope has spent and set aside in this day, this month and in total, and the
// limits on it. Lives in memory; the ledger restores it at start. Owned by the composition root,
// any thread.
//   TRY(Budgets::Hold hold, budgets.reserve(ids, estimate, now));   // or BudgetExceeded
//   budgets.settle(hold, cost);                                     // or budgets.release(hold)
//
// One mutex guards everything, on purpose. A call must take its estimate from up to six scopes and
// twenty-four windows at once or from none. With a lock per scope or with atomics, one call would
// take from the first scopes, find the last one full, and give back; a second call that looks in
// between is refused although there was room. And every call charges the same organisation and
// project, so finer locks would be contended just as much. The section is a few hash lookups and
// additions: well under a microsecond, no system call, no allocation but for a scope that was never
// seen.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cost/budget_types.h"
#include "cost/text_hash.h"

namespace tandem::cost {

class Budgets {
 public:
  // Called outside of the lock, on the thread of the call that crossed the line. Must not block.
  using AlertSink = std::function<void(const BudgetAlert&)>;

  explicit Budgets(AlertSink on_alert = {});
  ~Budgets();
  Budgets(const Budgets&) = delete;
  Budgets& operator=(const Budgets&) = delete;

 private:
  struct Account;

 public:
  // What one reservation holds. Give it back exactly once, by settle() or release(); the accountant
  // sees to that. Remembers the periods that it was taken from: a call that ends after midnight is
  // settled into the day in which it was admitted.
  class Hold {
   public:
    NanoUsd amount() const { return amount_; }

   private:
    friend class Budgets;
    std::array<Account*, kScopes> accounts_{};  // owned by Budgets, which never drops one
    size_t count_ = 0;
    NanoUsd amount_ = 0;
    std::array<WallUs, kPeriods> starts_{};
  };

  // Takes `amount` from every scope, or from none: BudgetExceeded names the tightest hard limit
  // that had no room. An amount of 0 always fits: a free call cannot overrun a budget.
  Result<Hold> reserve(const ScopeIds& ids, NanoUsd amount, WallUs now_us);
  void settle(const Hold& hold, NanoUsd cost);
  void release(const Hold& hold);

  // Limits may change at any time; spend is tracked for every scope, so a new limit knows what was
  // spent in its period before it was set. Thresholds that are behind already send no alert.
  Result<void> set_limit(Scope scope, std::string_view id, Limit limit);
  // False where there was none.
  bool remove_limit(Scope scope, std::string_view id, Period period);

  // At start: what the ledger's sums say was settled in the period that began at `start_us`.
  void restore(Scope scope, std::string_view id, Period period, WallUs start_us, NanoUsd settled);

  using ScopeName = std::pair<Scope, std::string>;
  // The limits of at most `max_scopes` scopes with their spend at `now_us`, ordered by scope, id
  // and period, from the first scope after `after`. In pages, because calls wait meanwhile.
  std::vector<BudgetStatus> statuses(WallUs now_us, size_t max_scopes = SIZE_MAX,
                                     const std::optional<ScopeName>& after = {}) const;
  // The three periods of one scope, with or without limits; zeros for one that never spent.
  std::vector<BudgetStatus> spend(Scope scope, std::string_view id, WallUs now_us) const;

  struct Stats {
    uint64_t refusals = 0;
    uint64_t alerts = 0;
    size_t scopes = 0;  // tracked in memory
  };
  Stats stats() const;

 private:
  using Accounts =
      std::unordered_map<std::string, std::unique_ptr<Account>, TextHash, std::equal_to<>>;

  Account& ensure_account(Scope scope, std::string_view id);
  const Account* find_account(Scope scope, std::string_view id) const;
  void collect_accounts(const ScopeIds& ids, Hold& hold);
  static Account* tightest_refusal(const Hold& hold, Period& period);
  Failure refuse(Account& account, Period period, const Hold& hold, WallUs now_us,
                 std::unique_lock<std::mutex> lock);
  void send(const std::vector<BudgetAlert>& alerts) const;

  const AlertSink on_alert_;
  mutable std::mutex mutex_;
  std::array<Accounts, kScopes> accounts_;
  std::map<ScopeName, Account*> limited_;  // those with a limit
  uint64_t refusals_ = 0;
  uint64_t alerts_ = 0;
};

}  // namespace tandem::cost
