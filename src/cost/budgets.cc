#include "cost/budgets.h"

#include <algorithm>

#include "cost/errors.h"

namespace tandem::cost {
namespace {

// Sums are wider than what they add up, so that no number of calls can overflow one.
using Sum = __int128;

NanoUsd narrow(Sum sum) {
  constexpr Sum kMost = INT64_MAX;
  return static_cast<NanoUsd>(std::clamp<Sum>(sum, 0, kMost));
}

constexpr WallUs kNoPeriod = INT64_MIN;

struct Window {
  Sum settled = 0;
  Sum reserved = 0;
  WallUs start_us = kNoPeriod;
  uint8_t alerts_sent = 0;  // of Limit::alert_percents, in their order
  bool refusal_sent = false;
};

Window window_of(WallUs start_us) {
  Window window;
  window.start_us = start_us;
  return window;
}

// The current period and the one before: calls that were admitted before midnight and end after it
// are still seen, and two threads that read the clock around midnight do not disturb each other.
struct Windows {
  Window current;
  Window previous;

  Window* find(WallUs start_us) {
    if (current.start_us == start_us) return &current;
    return previous.start_us == start_us ? &previous : nullptr;
  }
  const Window* find(WallUs start_us) const { return const_cast<Windows*>(this)->find(start_us); }
  Window& ensure(WallUs start_us) {
    if (Window* window = find(start_us)) return *window;
    if (start_us > current.start_us) {
      previous = current;
      current = window_of(start_us);
      return current;
    }
    previous = window_of(start_us);  // the clock was set back over more than one period
    return previous;
  }
};

bool passed(Sum settled, NanoUsd limit, int percent) {
  return settled * 100 >= Sum{limit} * percent && settled > 0;
}

size_t index(Scope scope) {
  return static_cast<size_t>(scope);
}
size_t index(Period period) {
  return static_cast<size_t>(period);
}

}  // namespace

struct Budgets::Account {
  Scope scope;
  std::string id;
  std::array<Windows, kPeriods> periods;
  std::array<std::unique_ptr<const Limit>, kPeriods> limits;  // null: none, as for nearly all

  // Notes which thresholds the window has passed; appends an alert for each new one.
  void note_thresholds(Period period, Window& window, std::vector<BudgetAlert>* alerts) const {
    const Limit* limit = limits[index(period)].get();
    if (limit == nullptr) return;
    while (window.alerts_sent < limit->alert_percents.size()) {
      const int percent = limit->alert_percents[window.alerts_sent];
      if (!passed(window.settled, limit->nano_usd, percent)) return;
      ++window.alerts_sent;
      if (alerts == nullptr) continue;
      alerts->push_back({AlertKind::Threshold, scope, id, period, window.start_us, percent,
                         narrow(window.settled), limit->nano_usd});
    }
  }

  BudgetStatus status(Period period, WallUs now_us) const {
    BudgetStatus out;
    out.scope = scope;
    out.id = id;
    out.period = period;
    if (const auto& limit = limits[index(period)]) out.limit = *limit;
    out.starts_us = period_start(period, now_us);
    out.resets_us = period_end(period, now_us);
    if (const Window* window = periods[index(period)].find(out.starts_us)) {
      out.settled_nano_usd = narrow(window->settled);
      out.reserved_nano_usd = narrow(window->reserved);
    }
    return out;
  }
};

Budgets::Budgets(AlertSink on_alert) : on_alert_(std::move(on_alert)) {}
Budgets::~Budgets() = default;

Budgets::Account& Budgets::ensure_account(Scope scope, std::string_view id) {
  Accounts& accounts = accounts_[index(scope)];
  const auto found = accounts.find(id);
  if (found != accounts.end()) return *found->second;
  auto account = std::make_unique<Account>();
  account->scope = scope;
  account->id = id;
  return *accounts.emplace(std::string(id), std::move(account)).first->second;
}

const Budgets::Account* Budgets::find_account(Scope scope, std::string_view id) const {
  const Accounts& accounts = accounts_[index(scope)];
  const auto found = accounts.find(id);
  return found == accounts.end() ? nullptr : found->second.get();
}

void Budgets::collect_accounts(const ScopeIds& ids, Hold& hold) {
  const auto add = [&](Scope scope, std::string_view id) {
    if (!id.empty()) hold.accounts_[hold.count_++] = &ensure_account(scope, id);
  };
  add(Scope::Organisation, kOrganisationId);
  add(Scope::Project, ids.project.view());
  add(Scope::Team, ids.team.view());
  add(Scope::User, ids.user.view());
  add(Scope::Key, ids.key.view());
  add(Scope::Endpoint, ids.endpoint);
}

Budgets::Account* Budgets::tightest_refusal(const Hold& hold, Period& period) {
  Account* tightest = nullptr;
  Sum least_left = 0;
  for (size_t i = 0; i < hold.count_; ++i) {
    Account& account = *hold.accounts_[i];
    for (Period each : kAllPeriods) {
      const Limit* limit = account.limits[index(each)].get();
      if (limit == nullptr || limit->enforcement == Enforcement::Soft) continue;
      const Window& window = account.periods[index(each)].ensure(hold.starts_[index(each)]);
      const Sum left = Sum{limit->nano_usd} - window.settled - window.reserved;
      if (left >= hold.amount_ || (tightest != nullptr && left >= least_left)) continue;
      tightest = &account;
      least_left = left;
      period = each;
    }
  }
  return tightest;
}

Failure Budgets::refuse(Account& refusing, Period period, const Hold& hold, WallUs now_us,
                        std::unique_lock<std::mutex> lock) {
  ++refusals_;
  Window& window = refusing.periods[index(period)].ensure(hold.starts_[index(period)]);
  const Limit& limit = *refusing.limits[index(period)];
  BudgetRefusal refusal{refusing.scope,
                        refusing.id,
                        period,
                        limit.nano_usd,
                        narrow(window.settled),
                        narrow(window.reserved),
                        hold.amount_,
                        period_end(period, now_us),
                        now_us};
  std::vector<BudgetAlert> alerts;
  if (!window.refusal_sent) {
    window.refusal_sent = true;
    ++alerts_;
    alerts.push_back({AlertKind::Refused, refusing.scope, refusing.id, period, window.start_us, 100,
                      narrow(window.settled), limit.nano_usd});
  }
  lock.unlock();
  send(alerts);
  return fail(errors::budget_exceeded(refusal));
}

Result<Budgets::Hold> Budgets::reserve(const ScopeIds& ids, NanoUsd amount, WallUs now_us) {
  Hold hold;
  hold.amount_ = amount;
  for (Period period : kAllPeriods) hold.starts_[index(period)] = period_start(period, now_us);

  std::unique_lock lock(mutex_);
  collect_accounts(ids, hold);
  Period period = Period::Total;
  if (amount > 0) {
    if (Account* refusing = tightest_refusal(hold, period)) {
      return refuse(*refusing, period, hold, now_us, std::move(lock));
    }
  }
  for (size_t i = 0; i < hold.count_; ++i) {
    for (Period each : kAllPeriods) {
      Windows& windows = hold.accounts_[i]->periods[index(each)];
      windows.ensure(hold.starts_[index(each)]).reserved += amount;
    }
  }
  return hold;
}

void Budgets::settle(const Hold& hold, NanoUsd cost) {
  std::vector<BudgetAlert> alerts;
  {
    std::lock_guard lock(mutex_);
    for (size_t i = 0; i < hold.count_; ++i) {
      Account& account = *hold.accounts_[i];
      for (Period period : kAllPeriods) {
        // A period that has left memory is history: the ledger's row still counts in its sum.
        Window* window = account.periods[index(period)].find(hold.starts_[index(period)]);
        if (window == nullptr) continue;
        window->reserved -= hold.amount_;
        window->settled += cost;
        account.note_thresholds(period, *window, &alerts);
      }
    }
    alerts_ += alerts.size();
  }
  send(alerts);
}

void Budgets::release(const Hold& hold) {
  settle(hold, 0);
}

Result<void> Budgets::set_limit(Scope scope, std::string_view id, Limit limit) {
  TRY(limit, checked(std::move(limit)));
  std::lock_guard lock(mutex_);
  Account& account = ensure_account(scope, id);
  const Period period = limit.period;
  account.limits[index(period)] = std::make_unique<const Limit>(std::move(limit));
  limited_.emplace(ScopeName(scope, id), &account);
  for (Window* window :
       {&account.periods[index(period)].current, &account.periods[index(period)].previous}) {
    window->alerts_sent = 0;
    window->refusal_sent = false;
    account.note_thresholds(period, *window, nullptr);
  }
  return {};
}

bool Budgets::remove_limit(Scope scope, std::string_view id, Period period) {
  std::lock_guard lock(mutex_);
  const auto found = limited_.find(ScopeName(scope, id));
  if (found == limited_.end()) return false;
  auto& limits = found->second->limits;
  const bool had_one = limits[index(period)] != nullptr;
  limits[index(period)].reset();
  const bool has_others =
      std::any_of(limits.begin(), limits.end(), [](const auto& limit) { return limit != nullptr; });
  if (!has_others) limited_.erase(found);
  return had_one;
}

void Budgets::restore(Scope scope, std::string_view id, Period period, WallUs start_us,
                      NanoUsd settled) {
  std::lock_guard lock(mutex_);
  Account& account = ensure_account(scope, id);
  Window& window = account.periods[index(period)].ensure(start_us);
  window.settled = settled;
  account.note_thresholds(period, window, nullptr);
}

std::vector<BudgetStatus> Budgets::statuses(WallUs now_us, size_t max_scopes,
                                            const std::optional<ScopeName>& after) const {
  std::vector<BudgetStatus> out;
  std::lock_guard lock(mutex_);
  auto each = after ? limited_.upper_bound(*after) : limited_.begin();
  for (size_t scopes = 0; each != limited_.end() && scopes < max_scopes; ++each, ++scopes) {
    for (Period period : kAllPeriods) {
      if (each->second->limits[index(period)]) out.push_back(each->second->status(period, now_us));
    }
  }
  return out;
}

std::vector<BudgetStatus> Budgets::spend(Scope scope, std::string_view id, WallUs now_us) const {
  Account nobody;
  nobody.scope = scope;
  nobody.id = id;
  std::vector<BudgetStatus> out;
  std::lock_guard lock(mutex_);
  const Account* found = find_account(scope, id);
  const Account& account = found == nullptr ? nobody : *found;
  for (Period period : kAllPeriods) out.push_back(account.status(period, now_us));
  return out;
}

Budgets::Stats Budgets::stats() const {
  std::lock_guard lock(mutex_);
  Stats out{refusals_, alerts_, 0};
  for (const Accounts& accounts : accounts_) out.scopes += accounts.size();
  return out;
}

void Budgets::send(const std::vector<BudgetAlert>& alerts) const {
  if (!on_alert_) return;
  for (const BudgetAlert& alert : alerts) on_alert_(alert);
}

}  // namespace tandem::cost
