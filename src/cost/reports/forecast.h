// What a month will have cost when it is over, and within which bounds: for each project, team …
// from its days so far. Pure, but for read_forecast(), which runs in a transaction of the caller's.
//
// Method: days differ by weekday, so a day's cost is taken as its weekday's mean over the last
// eight weeks plus noise (least squares with a dummy for each weekday). What is left of the month
// is the sum of its days' means; its prediction interval is
//     sum ± t(n - 7) * s * sqrt(h + sum over weekdays w of m_w^2 / k_w)
// with h days left, m_w of them on weekday w, k_w such days in the past, n days in all and s the
// residual standard error: the noise of the days to come and what is not known of the means.
//   Source: the prediction interval of linear regression, e.g. Hyndman and Athanasopoulos,
//   Forecasting: Principles and Practice (3rd edition), sections 7.4 and 7.6 (dummy variables,
//   matrix formulation). It assumes that days are alike and independent, given their weekday.
// With less than two weeks of days, all weekdays share one mean; with less than three days there is
// no interval.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cost/ledger_query.h"
#include "cost/money.h"
#include "store/db.h"

namespace tandem::cost {

// A day's cost, oldest first, without gaps: a day without calls cost nothing. `weekday` is 0..6.
struct DayCost {
  int weekday = 0;
  double cost = 0;
};

struct Prediction {
  double sum = 0;
  std::optional<double> margin;  // half of the interval; absent: too little is known
  int days_of_history = 0;
};

// Of the sum of the days with these weekdays. `level`: 0.8 is an interval that holds four times of
// five.
Prediction predict_sum(std::span<const DayCost> history, std::span<const int> weekdays_ahead,
                       double level);

struct ForecastQuery {
  std::vector<std::string_view> group_by;  // at most three, none of time
  std::vector<LedgerQuery::Equals> equals;
  int level_percent = 80;
};
// group_by (project where it is absent), level (50 to 99) and the filters of the ledger.
Result<ForecastQuery> parse_forecast_query(std::span<const QueryParameter> parameters);

struct ForecastLine {
  std::vector<std::string> keys;
  NanoUsd spent_nano_usd = 0;  // of the month, until now
  NanoUsd forecast_nano_usd = 0;
  std::optional<NanoUsd> low_nano_usd, high_nano_usd;
  int days_of_history = 0;
};

struct Forecast {
  ForecastQuery query;
  WallUs from_us = 0;  // of the month
  WallUs to_us = 0;
  std::vector<ForecastLine> lines;
  ForecastLine total;  // a series of its own: intervals do not add up
};

Result<Forecast> read_forecast(store::Connection& connection, const ForecastQuery& query,
                               WallUs now_us);
std::string forecast_json(const Forecast& forecast, WallUs now_us);

}  // namespace tandem::cost
