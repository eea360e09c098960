// What budgets are about: scopes, periods, limits, and what is said about them. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "cost/money.h"

namespace tandem::cost {

// Organisation contains projects contains teams and users contains keys; a call counts in one of
// each (a call without a user or team in none of those), and in that of its endpoint.
enum class Scope : uint8_t { Organisation, Project, Team, User, Key, Endpoint };
inline constexpr size_t kScopes = 6;
std::string_view scope_name(Scope scope);  // "organisation", "project", "team", "user", "key" …
Result<Scope> parse_scope(std::string_view name);

// Calendar periods in UTC.
enum class Period : uint8_t { Day, Month, Total, Minute };
inline constexpr size_t kPeriods = 4;
inline constexpr std::array kAllPeriods{Period::Day, Period::Month, Period::Total, Period::Minute};
// What is added up in the database; a minute is over before a restart is.
inline constexpr std::array kKeptPeriods{Period::Day, Period::Month, Period::Total};
std::string_view period_name(Period period);  // "day", "month", "total", "minute"
Result<Period> parse_period(std::string_view name);
// When the period that `time_us` lies in began; 0 for Total.
WallUs period_start(Period period, WallUs time_us);
// When the next one begins; nullopt for Total.
std::optional<WallUs> period_end(Period period, WallUs time_us);

// A server has one organisation; its scope id.
inline constexpr std::string_view kOrganisationId = "default";

enum class Enforcement : uint8_t {
  Hard,  // calls that do not fit are refused
  Soft,  // calls go on, alerts are sent
};
enum class Origin : uint8_t { File, Api };  // what the file declares is read-only in the API
std::string_view origin_name(Origin origin);

inline constexpr size_t kMaxAlerts = 8;
inline constexpr int kMaxAlertPercent = 1000;

// At most one limit per scope, id and period.
struct Limit {
  Period period = Period::Month;
  NanoUsd nano_usd = 0;
  Enforcement enforcement = Enforcement::Hard;
  std::vector<int> alert_percents = {80, 100};  // of `nano_usd`, of settled cost; ascending
  Origin origin = Origin::Api;
  WallUs updated_us = 0;
};
// Sorts and checks a limit that a user wrote.
Result<Limit> checked(Limit limit);

// Whom a call is charged to. Empty: none of that scope.
struct ScopeIds {
  ProjectId project;
  TeamId team;
  UserId user;
  KeyId key;
  std::string_view endpoint = {};
};

// Spend of one scope in the current period, with its limit where it has one.
struct BudgetStatus {
  Scope scope = Scope::Project;
  std::string id;
  Period period = Period::Month;
  std::optional<Limit> limit;
  NanoUsd settled_nano_usd = 0;
  NanoUsd reserved_nano_usd = 0;
  WallUs starts_us = 0;
  std::optional<WallUs> resets_us;

  NanoUsd left_nano_usd() const;  // 0 where there is no limit or it is used up
};

// Why a call was refused: the tightest of the budgets that had no room for it.
struct BudgetRefusal {
  Scope scope = Scope::Project;
  std::string id;
  Period period = Period::Month;
  NanoUsd limit_nano_usd = 0;
  NanoUsd settled_nano_usd = 0;
  NanoUsd reserved_nano_usd = 0;
  NanoUsd asked_nano_usd = 0;
  std::optional<WallUs> resets_us;
  WallUs now_us = 0;

  NanoUsd left_nano_usd() const {
    const NanoUsd left = limit_nano_usd - settled_nano_usd - reserved_nano_usd;
    return left > 0 ? left : 0;
  }
};

enum class AlertKind : uint8_t {
  Threshold,  // settled cost passed `percent` of the limit
  Refused,    // the first call of the period that a hard limit refused
};

// Sent once per limit, period and threshold.
struct BudgetAlert {
  AlertKind kind = AlertKind::Threshold;
  Scope scope = Scope::Project;
  std::string id;
  Period period = Period::Month;
  WallUs period_start_us = 0;
  int percent = 0;
  NanoUsd settled_nano_usd = 0;
  NanoUsd limit_nano_usd = 0;
};

}  // namespace tandem::cost
