#include "cost/budget_types.h"

#include <algorithm>

#include "base/time/calendar.h"
#include "cost/errors.h"

namespace tandem::cost {
namespace {

constexpr std::array<std::string_view, kScopes> kScopeNames{"organisation", "project", "team",
                                                            "user",         "key",     "endpoint"};
constexpr std::array<std::string_view, kPeriods> kPeriodNames{"day", "month", "total", "minute"};
constexpr WallUs kMinuteUs = 60'000'000;

}  // namespace

std::string_view scope_name(Scope scope) {
  return kScopeNames[static_cast<size_t>(scope)];
}

Result<Scope> parse_scope(std::string_view name) {
  const auto found = std::find(kScopeNames.begin(), kScopeNames.end(), name);
  if (found == kScopeNames.end()) return fail(errors::unknown_scope(name));
  return static_cast<Scope>(found - kScopeNames.begin());
}

std::string_view period_name(Period period) {
  return kPeriodNames[static_cast<size_t>(period)];
}

Result<Period> parse_period(std::string_view name) {
  const auto found = std::find(kPeriodNames.begin(), kPeriodNames.end(), name);
  if (found == kPeriodNames.end()) return fail(errors::unknown_period(name));
  return static_cast<Period>(found - kPeriodNames.begin());
}

WallUs period_start(Period period, WallUs time_us) {
  switch (period) {
    case Period::Day:
      return time::start_of_day(time_us);
    case Period::Month:
      return time::start_of_month(time_us);
    case Period::Total:
      return 0;
    case Period::Minute:
      return time_us - time_us % kMinuteUs;
  }
  return 0;
}

std::optional<WallUs> period_end(Period period, WallUs time_us) {
  switch (period) {
    case Period::Day:
      return time::start_of_day(time_us) + time::kDayUs;
    case Period::Month:
      return time::start_of_next_month(time_us);
    case Period::Total:
      return std::nullopt;
    case Period::Minute:
      return period_start(period, time_us) + kMinuteUs;
  }
  return std::nullopt;
}

std::string_view origin_name(Origin origin) {
  return origin == Origin::File ? "file" : "api";
}

Result<Limit> checked(Limit limit) {
  if (limit.nano_usd < 0) return fail(errors::bad_limit(limit.nano_usd));
  std::sort(limit.alert_percents.begin(), limit.alert_percents.end());
  limit.alert_percents.erase(std::unique(limit.alert_percents.begin(), limit.alert_percents.end()),
                             limit.alert_percents.end());
  if (limit.alert_percents.size() > kMaxAlerts) return fail(errors::too_many_alerts());
  for (int percent : limit.alert_percents) {
    if (percent < 1 || percent > kMaxAlertPercent) return fail(errors::bad_alert_percent(percent));
  }
  return limit;
}

NanoUsd BudgetStatus::left_nano_usd() const {
  if (!limit) return 0;
  const NanoUsd left = limit->nano_usd - settled_nano_usd - reserved_nano_usd;
  return left > 0 ? left : 0;
}

}  // namespace tandem::cost
