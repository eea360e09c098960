#include "identity/scope_limits.h"

#include <algorithm>

#include "base/time/calendar.h"
#include "identity/errors.h"

namespace tandem::identity {
namespace {

constexpr std::array<std::string_view, kLimitScopes> kScopeNames{"project", "team", "user", "key",
                                                                 "endpoint"};
constexpr std::array kWindows{LimitWindow::Minute, LimitWindow::Day, LimitWindow::Month};
constexpr std::array kUnits{LimitUnit::Requests, LimitUnit::Tokens};

size_t index(LimitScope scope) {
  return static_cast<size_t>(scope);
}
size_t index(LimitUnit unit) {
  return static_cast<size_t>(unit);
}

std::string_view window_name(LimitWindow window) {
  switch (window) {
    case LimitWindow::Minute:
      return "minute";
    case LimitWindow::Day:
      return "day";
    case LimitWindow::Month:
      return "month";
  }
  return "minute";
}

std::string_view unit_name(LimitUnit unit) {
  return unit == LimitUnit::Requests ? "requests" : "tokens";
}

WallUs window_end(LimitWindow window, WallUs now_us) {
  return window == LimitWindow::Day ? time::start_of_day(now_us) + time::kDayUs
                                    : time::start_of_next_month(now_us);
}

}  // namespace

std::string_view limit_scope_name(LimitScope scope) {
  return kScopeNames[index(scope)];
}

Result<LimitScope> parse_limit_scope(std::string_view name) {
  const auto found = std::find(kScopeNames.begin(), kScopeNames.end(), name);
  if (found == kScopeNames.end()) return fail(errors::unknown_limit_scope(name));
  return static_cast<LimitScope>(found - kScopeNames.begin());
}

const std::optional<int64_t>& CallLimits::of(LimitWindow window, LimitUnit unit) const {
  const bool requests = unit == LimitUnit::Requests;
  switch (window) {
    case LimitWindow::Minute:
      return requests ? requests_per_minute : tokens_per_minute;
    case LimitWindow::Day:
      return requests ? requests_per_day : tokens_per_day;
    case LimitWindow::Month:
      break;
  }
  return requests ? requests_per_month : tokens_per_month;
}

bool CallLimits::any() const {
  return std::any_of(kWindows.begin(), kWindows.end(), [this](LimitWindow window) {
    return of(window, LimitUnit::Requests) || of(window, LimitUnit::Tokens);
  });
}

void RateStates::tighten(LimitUnit unit, const RateState& state) {
  auto& tightest = unit == LimitUnit::Requests ? requests : tokens;
  if (!tightest || state.remaining < tightest->remaining) tightest = state;
}

// The tightest refusal so far: the one that holds the call back longest is the one to name.
struct ScopeLimits::Refusal {
  Error error;
  int64_t wait_us = 0;  // INT64_MAX: it never fits
};

// A clock that was set back does not open a period anew.
void ScopeLimits::Subject::advance(WallUs now_us) {
  const auto to = [](CalendarUse& use, WallUs start_us) {
    if (start_us > use.start_us) use = {start_us, {}};
  };
  to(day, time::start_of_day(now_us));
  to(month, time::start_of_month(now_us));
}

RateState ScopeLimits::Subject::state(LimitWindow window, LimitUnit unit, LimitTimes now) {
  const int64_t limit = *limits.of(window, unit);
  if (window == LimitWindow::Minute) {
    RateWindow& minutes = minute[index(unit)];
    return {limit, std::max<int64_t>(0, limit - minutes.used(now.steady_us)),
            minutes.reset_us(now.steady_us)};
  }
  const CalendarUse& use = window == LimitWindow::Day ? day : month;
  return {limit, std::max<int64_t>(0, limit - use.used[index(unit)]),
          window_end(window, now.wall_us) - now.wall_us};
}

std::optional<int64_t> ScopeLimits::Subject::wait_us(LimitWindow window, LimitUnit unit,
                                                     int64_t need, LimitTimes now) {
  const int64_t limit = *limits.of(window, unit);
  if (need > limit) return std::nullopt;
  if (window == LimitWindow::Minute) return minute[index(unit)].wait_us(need, limit, now.steady_us);
  const CalendarUse& use = window == LimitWindow::Day ? day : month;
  if (use.used[index(unit)] + need <= limit) return 0;
  return std::max<int64_t>(1, window_end(window, now.wall_us) - now.wall_us);
}

void ScopeLimits::Subject::add_states(RateStates& states, LimitTimes now) {
  for (const LimitWindow window : kWindows) {
    for (const LimitUnit unit : kUnits) {
      if (limits.of(window, unit)) states.tighten(unit, state(window, unit, now));
    }
  }
}

void ScopeLimits::set(LimitScope scope, std::string_view id, const CallLimits& limits, LimitUse day,
                      LimitUse month, WallUs now_us) {
  const std::lock_guard lock(mutex_);
  auto& subjects = subjects_[index(scope)];
  const auto found = subjects.find(id);
  if (!limits.any()) {
    if (found == subjects.end()) return;
    subjects.erase(found);
    count_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  if (found == subjects.end()) count_.fetch_add(1, std::memory_order_relaxed);
  Subject& subject = found == subjects.end() ? subjects[std::string(id)] : found->second;
  if (subject.generation == 0) subject.generation = ++generations_;
  subject.limits = limits;
  subject.advance(now_us);
  const auto at_least = [](CalendarUse& use, LimitUse known) {
    use.used[0] = std::max(use.used[0], known.requests);
    use.used[1] = std::max(use.used[1], known.tokens);
  };
  at_least(subject.day, day);
  at_least(subject.month, month);
}

void ScopeLimits::check(LimitScope scope, std::string_view id, Subject& subject, int64_t tokens,
                        LimitTimes now, std::optional<Refusal>& refusal) {
  for (const LimitWindow window : kWindows) {
    for (const LimitUnit unit : kUnits) {
      const auto& limit = subject.limits.of(window, unit);
      if (!limit) continue;
      const int64_t need = unit == LimitUnit::Requests ? 1 : tokens;
      const auto wait = subject.wait_us(window, unit, need, now);
      const int64_t wait_us = wait.value_or(INT64_MAX);
      if (wait_us == 0 || (refusal && wait_us <= refusal->wait_us)) continue;
      const std::string whose = std::string(limit_scope_name(scope)) + " " + std::string(id);
      refusal = Refusal{
          errors::limit_used_up(whose, unit_name(unit), window_name(window), *limit, need, wait),
          wait_us};
    }
  }
}

Result<void> ScopeLimits::admit(const LimitSubjects& ids, int64_t tokens, LimitTimes now,
                                Taken& taken, RateStates& states) {
  const std::lock_guard lock(mutex_);
  std::array<Subject*, kLimitScopes> limited{};
  std::optional<Refusal> refusal;
  for (size_t i = 0; i < kLimitScopes; ++i) {
    if (ids[i].empty()) continue;
    const auto found = subjects_[i].find(ids[i]);
    if (found == subjects_[i].end()) continue;
    limited[i] = &found->second;
    limited[i]->advance(now.wall_us);
    check(static_cast<LimitScope>(i), ids[i], *limited[i], tokens, now, refusal);
  }
  if (refusal) return fail(std::move(refusal->error));
  taken.tokens = tokens;
  for (size_t i = 0; i < kLimitScopes; ++i) {
    if (limited[i] == nullptr) continue;
    Subject& subject = *limited[i];
    subject.minute[0].add(1, now.steady_us);
    const int64_t step = subject.minute[1].add(tokens, now.steady_us);
    for (CalendarUse* use : {&subject.day, &subject.month}) {
      use->used[0] += 1;
      use->used[1] += tokens;
    }
    taken.parts.push_back({static_cast<LimitScope>(i), std::string(ids[i]), subject.generation,
                           step, subject.day.start_us, subject.month.start_us});
    subject.add_states(states, now);
  }
  return {};
}

void ScopeLimits::correct(Taken& taken, int64_t tokens) {
  if (taken.parts.empty()) return;
  const int64_t change = tokens - taken.tokens;
  taken.tokens = tokens;
  const std::lock_guard lock(mutex_);
  for (const Taken::Part& part : taken.parts) {
    auto& subjects = subjects_[index(part.scope)];
    const auto found = subjects.find(part.id);
    if (found == subjects.end() || found->second.generation != part.generation) continue;
    Subject& subject = found->second;
    subject.minute[1].correct(part.step, change);
    // A period that is over is history.
    const auto correct_use = [change](CalendarUse& use, WallUs start_us) {
      if (use.start_us == start_us) use.used[1] = std::max<int64_t>(0, use.used[1] + change);
    };
    correct_use(subject.day, part.day_us);
    correct_use(subject.month, part.month_us);
  }
}

RateStates ScopeLimits::states(LimitScope scope, std::string_view id, LimitTimes now) {
  RateStates states;
  const std::lock_guard lock(mutex_);
  const auto found = subjects_[index(scope)].find(id);
  if (found == subjects_[index(scope)].end()) return states;
  found->second.advance(now.wall_us);
  found->second.add_states(states, now);
  return states;
}

}  // namespace tandem::identity
