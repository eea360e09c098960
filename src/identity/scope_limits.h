// ScopeLimits: requests and tokens a minute, a day and a month, of projects, teams, users, keys and
// endpoints. A call is counted in all that it belongs to or in none. A minute slides
// (rate_window.h), days and months are those of the calendar, in UTC. Part of RateLimits, any
// thread: one mutex, which is taken only where any such limit is set, for a few map lookups.
//   ScopeLimits::Taken taken;
//   TRY_VOID(limits.admit({.project = "shop", .endpoint = "chat"}, tokens, now, taken));
//   limits.correct(taken, real_tokens);
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/rate_window.h"

namespace tandem::identity {

enum class LimitScope : uint8_t { Project, Team, User, Key, Endpoint };
inline constexpr size_t kLimitScopes = 5;
std::string_view limit_scope_name(LimitScope scope);  // "project"
Result<LimitScope> parse_limit_scope(std::string_view name);

enum class LimitWindow : uint8_t { Minute, Day, Month };
inline constexpr size_t kLimitWindows = 3;
enum class LimitUnit : uint8_t { Requests, Tokens };
inline constexpr size_t kLimitUnits = 2;

// Absent: no limit.
struct CallLimits {
  static constexpr std::string_view kTypeName = "limits";
  std::optional<int64_t> requests_per_minute = {}, tokens_per_minute = {};
  std::optional<int64_t> requests_per_day = {}, tokens_per_day = {};
  std::optional<int64_t> requests_per_month = {}, tokens_per_month = {};

  const std::optional<int64_t>& of(LimitWindow window, LimitUnit unit) const;
  bool any() const;
  friend bool operator==(const CallLimits&, const CallLimits&) = default;

  template <class V>
  static void describe(V& v) {
    constexpr int64_t kMost = 1'000'000'000'000'000;
    v.meaning("How much may be called. Days and months are those of UTC.");
    v.field("requests_per_minute", &CallLimits::requests_per_minute, "Calls in any 60 seconds.")
        .range(1, kMost);
    v.field("tokens_per_minute", &CallLimits::tokens_per_minute,
            "Input and output tokens in any 60 seconds.")
        .range(1, kMost);
    v.field("requests_per_day", &CallLimits::requests_per_day, "Calls a day.").range(1, kMost);
    v.field("tokens_per_day", &CallLimits::tokens_per_day, "Tokens a day.").range(1, kMost);
    v.field("requests_per_month", &CallLimits::requests_per_month, "Calls a month.")
        .range(1, kMost);
    v.field("tokens_per_month", &CallLimits::tokens_per_month, "Tokens a month.").range(1, kMost);
  }
};

struct RateState {
  int64_t limit = 0;
  int64_t remaining = 0;  // never below 0
  int64_t reset_us = 0;   // until the whole limit is free again
};

// Of the tightest limits.
struct RateStates {
  std::optional<RateState> requests;  // absent: not limited
  std::optional<RateState> tokens;

  void tighten(LimitUnit unit, const RateState& state);
};

// Whom a call counts for; empty: none of that kind.
using LimitSubjects = std::array<std::string_view, kLimitScopes>;

struct LimitTimes {
  SteadyUs steady_us = 0;
  WallUs wall_us = 0;
};

// What was used since the beginning of a day and of a month.
struct LimitUse {
  int64_t requests = 0;
  int64_t tokens = 0;
};

class ScopeLimits {
 public:
  // What one call took. A plain value; losing it only leaves the estimate in place.
  struct Taken {
    struct Part {
      LimitScope scope = LimitScope::Project;
      std::string id;
      uint64_t generation = 0;
      int64_t step = 0;
      WallUs day_us = 0;
      WallUs month_us = 0;
    };
    std::vector<Part> parts;  // empty: nothing is limited
    int64_t tokens = 0;
  };

  // What was used in this minute still counts; of this day and month, what counts is the larger of
  // what is known here and `day` and `month`. Without any limit: forgets the subject.
  void set(LimitScope scope, std::string_view id, const CallLimits& limits, LimitUse day,
           LimitUse month, WallUs now_us);

  bool any() const { return count_.load(std::memory_order_relaxed) > 0; }
  // Counts one request and `tokens` everywhere, or nothing anywhere. `states` becomes tighter.
  Result<void> admit(const LimitSubjects& subjects, int64_t tokens, LimitTimes now, Taken& taken,
                     RateStates& states);
  // From now on the call counts `tokens`.
  void correct(Taken& taken, int64_t tokens);
  RateStates states(LimitScope scope, std::string_view id, LimitTimes now);

 private:
  struct CalendarUse {
    WallUs start_us = 0;
    std::array<int64_t, kLimitUnits> used{};
  };
  struct Subject {
    uint64_t generation =
        0;  // what was taken of limits that were forgotten does not touch new ones
    CallLimits limits;
    std::array<RateWindow, kLimitUnits> minute;
    CalendarUse day, month;

    void advance(WallUs now_us);
    RateState state(LimitWindow window, LimitUnit unit, LimitTimes now);
    std::optional<int64_t> wait_us(LimitWindow window, LimitUnit unit, int64_t need,
                                   LimitTimes now);
    void add_states(RateStates& states, LimitTimes now);
  };
  struct Refusal;
  static void check(LimitScope scope, std::string_view id, Subject& subject, int64_t tokens,
                    LimitTimes now, std::optional<Refusal>& refusal);

  std::atomic<size_t> count_{0};
  std::mutex mutex_;
  std::array<std::map<std::string, Subject, std::less<>>, kLimitScopes> subjects_;
  uint64_t generations_ = 0;
};

}  // namespace tandem::identity
