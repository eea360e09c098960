#include "cost/reports/forecast.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/json/writer.h"
#include "base/time/calendar.h"
#include "cost/errors.h"
#include "cost/ledger_fields.h"
#include "cost/reports/groups.h"

namespace tandem::cost {
namespace {

constexpr int kHistoryDays = 56;
constexpr size_t kMaxFields = 3;

int weekday_of(WallUs time_us) {
  // 1 January 1970 was a Thursday.
  return static_cast<int>((time_us / time::kDayUs + 3) % 7);
}

// The cost of each day of one group, by the start of the day.
using Days = std::map<WallUs, int64_t>;

NanoUsd rounded(double amount) {
  if (!(amount > 0)) return 0;
  constexpr double kMost = 9e18;
  return static_cast<NanoUsd>(std::llround(std::min(amount, kMost)));
}

// From the first day with a cost on: before it there was nothing to learn from.
std::vector<DayCost> history_of(const Days& days, WallUs from_us, WallUs today_us) {
  std::vector<DayCost> history;
  for (WallUs day = from_us; day < today_us; day += time::kDayUs) {
    const auto found = days.find(day);
    if (found == days.end() && history.empty()) continue;
    history.push_back(
        {weekday_of(day), found == days.end() ? 0.0 : static_cast<double>(found->second)});
  }
  return history;
}

// Today is not over, so it is predicted as a whole; what it has cost already is the least.
ForecastLine line_of(const Days& days, const Forecast& forecast, WallUs now_us) {
  const WallUs today_us = time::start_of_day(now_us);
  ForecastLine line;
  NanoUsd complete = 0;
  for (const auto& [day, cost] : days) {
    if (day < forecast.from_us) continue;
    line.spent_nano_usd += cost;
    if (day < today_us) complete += cost;
  }
  std::vector<int> ahead;
  for (WallUs day = today_us; day < forecast.to_us; day += time::kDayUs) {
    ahead.push_back(weekday_of(day));
  }
  const auto history = history_of(days, today_us - kHistoryDays * time::kDayUs, today_us);
  const Prediction next =
      predict_sum(history, ahead, static_cast<double>(forecast.query.level_percent) / 100);
  const auto at_least_spent = [&](double sum) {
    return std::max(line.spent_nano_usd, complete + rounded(sum));
  };
  line.days_of_history = next.days_of_history;
  line.forecast_nano_usd = at_least_spent(next.sum);
  if (next.margin) {
    line.low_nano_usd = at_least_spent(next.sum - *next.margin);
    line.high_nano_usd = at_least_spent(next.sum + *next.margin);
  }
  return line;
}

void write_line(json::Writer& json, const Forecast& forecast, const ForecastLine& line) {
  json.object();
  for (size_t i = 0; i < line.keys.size(); ++i) {
    json.key(forecast.query.group_by[i]).string_or_null(line.keys[i]);
  }
  json.key("spent_nano_usd").integer(line.spent_nano_usd);
  json.key("forecast_nano_usd").integer(line.forecast_nano_usd);
  json.key("low_nano_usd");
  line.low_nano_usd ? json.integer(*line.low_nano_usd) : json.null();
  json.key("high_nano_usd");
  line.high_nano_usd ? json.integer(*line.high_nano_usd) : json.null();
  json.key("days_of_history").integer(line.days_of_history);
  json.end_object();
}

}  // namespace

Result<ForecastQuery> parse_forecast_query(std::span<const QueryParameter> parameters) {
  ForecastQuery query;
  std::vector<QueryParameter> of_ledger;
  for (const QueryParameter& each : parameters) {
    if (each.value.empty()) continue;
    if (each.name == "level") {
      const char* end = each.value.data() + each.value.size();
      const auto read = std::from_chars(each.value.data(), end, query.level_percent);
      if (read.ec != std::errc() || read.ptr != end || query.level_percent < 50 ||
          query.level_percent > 99) {
        return fail(errors::bad_value("level", each.value, "a percentage from 50 to 99"));
      }
    } else if (each.name == "from" || each.name == "to" || each.name == "order" ||
               each.name == "limit" || each.name == "cursor" || each.name == "format") {
      return fail(errors::bad_value(each.name, each.value, "nothing: it is of this month"));
    } else {
      of_ledger.push_back(each);
    }
  }
  TRY(const LedgerQuery ledger, parse_ledger_query(of_ledger));
  query.equals = ledger.equals;
  query.group_by = ledger.group_by;
  if (query.group_by.empty()) query.group_by.push_back("project");
  if (query.group_by.size() > kMaxFields) return fail(errors::too_many_group_fields(kMaxFields));
  for (const std::string_view field : query.group_by) {
    if (find_group_field(field)->type != GroupType::Text) {
      return fail(errors::bad_value("group_by", field, "no part of time"));
    }
  }
  return query;
}

Result<Forecast> read_forecast(store::Connection& connection, const ForecastQuery& query,
                               WallUs now_us) {
  Forecast forecast;
  forecast.query = query;
  forecast.from_us = time::start_of_month(now_us);
  forecast.to_us = time::start_of_next_month(now_us);
  LedgerQuery ledger;
  ledger.equals = query.equals;
  ledger.from_us =
      std::min(forecast.from_us, time::start_of_day(now_us) - kHistoryDays * time::kDayUs);
  ledger.group_by = query.group_by;
  ledger.group_by.push_back("day");
  TRY(const auto groups, read_groups(connection, ledger));
  std::map<std::vector<std::string>, Days> series;
  Days all;
  for (const LedgerGroup& group : groups) {
    const WallUs day = time::parse(group.keys.back()).value_or(0);
    const std::vector<std::string> keys(group.keys.begin(), group.keys.end() - 1);
    series[keys][day] += group.sum("cost_nano_usd");
    all[day] += group.sum("cost_nano_usd");
  }
  for (const auto& [keys, days] : series) {
    ForecastLine line = line_of(days, forecast, now_us);
    line.keys = keys;
    forecast.lines.push_back(std::move(line));
  }
  forecast.total = line_of(all, forecast, now_us);
  return forecast;
}

std::string forecast_json(const Forecast& forecast, WallUs now_us) {
  std::string out;
  json::Writer json(out);
  json.object().key("month").string(to_rfc3339(forecast.from_us).substr(0, 7));
  json.key("as_of").string(to_rfc3339(now_us));
  json.key("level_percent").integer(forecast.query.level_percent);
  json.key("method").string("mean of each weekday over eight weeks, interval of the regression");
  json.key("data").array();
  for (const ForecastLine& line : forecast.lines) write_line(json, forecast, line);
  json.end_array().key("next_cursor").null().key("total");
  write_line(json, forecast, forecast.total);
  json.end_object();
  return out;
}

}  // namespace tandem::cost
