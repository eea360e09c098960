// Reports over a small ledger whose sums can be added up by hand, and the forecast against numpy.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

#include "cost/reports/forecast.h"
#include "cost/reports/reconciliation.h"
#include "cost/reports/statement.h"
#include "cost/testing/ledger_fixture.h"

namespace tandem::cost {
namespace {

using testing::kNoon;
using testing::must;

class ReportTest : public testing::LedgerFixture {
 protected:
  // Input 1, output 2 dollars a million: 1000 and 2000 nano-dollars a token.
  void call_at(std::string_view when, std::string_view project, int64_t input, int64_t output,
               State state = State::Settled, int64_t counted_output = 0,
               std::string_view target = "acme/m", int64_t counted_input = 0) {
    now_us_ = *time::parse(when);
    CallIdentity identity = call("req_" + std::to_string(++number_));
    identity.project = ProjectId(project);
    identity.target = target;
    Usage used = usage(input, output);
    used.reported = state == State::Settled;
    Reservation open = must(accountant_->reserve(identity, usage(counted_input, 0)));
    if (state == State::Released) {
      must(accountant_->release(std::move(open), Reason::Timeout));
    } else {
      must(accountant_->settle(std::move(open), used, {}, state, counted_output));
    }
  }
  template <class F>
  auto read(F f) {
    catch_up();
    return must((*db_).read_now(f));
  }
  Statement statement(std::initializer_list<QueryParameter> parameters) {
    const StatementQuery query =
        must(parse_statement_query({parameters.begin(), parameters.size()}));
    return read([&](store::Connection& connection) { return read_statement(connection, query); });
  }
  void month_of_calls() {
    start();
    call_at("2026-10-31T23:59:59.999999Z", "shop", 1, 0);
    call_at("2026-11-01T00:00:00Z", "shop", 100, 10);
    call_at("2026-11-15T12:00:00Z", "shop", 7, 3, State::Estimated);
    call_at("2026-11-15T12:00:01Z", "shop", 0, 0, State::Released);
    call_at("2026-11-30T23:59:59.999999Z", "desk", 50, 5);
    call_at("2026-11-20T00:00:00Z", "desk", 9, 9, State::Settled, 0, "acme/no-price");
    call_at("2026-12-01T00:00:00Z", "desk", 1, 0);
  }
  int number_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Both, ReportTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(ReportTest, AStatementAddsUpToItsRows) {
  month_of_calls();
  const Statement made = statement({{"month", "2026-11"}});
  ASSERT_EQ(made.lines.size(), 2u);
  const StatementLine& desk = made.lines[0];
  EXPECT_EQ(desk.keys, std::vector<std::string>{"desk"});
  EXPECT_EQ(desk.calls, 2);
  EXPECT_EQ(desk.unpriced, 1);
  EXPECT_EQ(desk.cost_nano_usd, 50 * 1000 + 5 * 2000);
  EXPECT_EQ(desk.input_tokens, 59);
  const StatementLine& shop = made.lines[1];
  EXPECT_EQ(shop.calls, 2);
  EXPECT_EQ(shop.released, 1);
  EXPECT_EQ(shop.estimated, 1);
  EXPECT_EQ(shop.cost_nano_usd, 120'000 + 13'000);
  EXPECT_EQ(shop.estimated_nano_usd, 13'000);
  EXPECT_EQ(made.total.cost_nano_usd, 60'000 + 133'000);
  EXPECT_EQ(made.total.cost_nano_usd,
            number("SELECT SUM(cost_nano_usd) FROM ledger WHERE month = 12 * 2026 + 10"));
  EXPECT_EQ(made.total.co2e_ug,
            number("SELECT SUM(co2e_ug) FROM ledger WHERE month = 12 * 2026 + 10"));
  const Statement by_model = statement({{"month", "2026-11"}, {"group_by", "model,state"}});
  EXPECT_EQ(by_model.total.cost_nano_usd, 193'000);
  EXPECT_EQ(by_model.lines.size(), 3u);
  EXPECT_EQ(statement({{"month", "2026-11"}, {"project", "desk"}}).total.cost_nano_usd, 60'000);
  EXPECT_TRUE(statement({{"month", "2025-01"}}).lines.empty());
}

TEST_P(ReportTest, AStatementIsTheSameInEveryForm) {
  month_of_calls();
  const Statement made = statement({{"month", "2026-11"}, {"currency", "EUR"}, {"rate", "0.5"}});
  const auto json = boost::json::parse(statement_json(made, kNoon)).as_object();
  EXPECT_EQ(json.at("total").at("cost_nano_usd").as_int64(), 193'000);
  EXPECT_EQ(json.at("total").at("cost_usd").as_string(), "0.000193000");
  EXPECT_EQ(json.at("lines").as_array()[1].at("project").as_string(), "shop");
  EXPECT_FALSE(json.at("complete").as_bool());
  const std::string csv = statement_csv(made);
  EXPECT_NE(csv.find("2026-11,shop,2,1,1,0,107,0,13,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",133000,0.000133000,0.00,EUR\r\n"), std::string::npos) << csv;
  const std::string html = statement_html(made, kNoon);
  EXPECT_NE(html.find("<td class=n>0.000193000</td>"), std::string::npos) << html;
  EXPECT_NE(html.find("The month is not over"), std::string::npos);
  EXPECT_NE(html.find("One US dollar is shown as 0.5 EUR"), std::string::npos);
}

TEST(StatementText, IsExactAndRoundedForTheEyeOnly) {
  EXPECT_EQ(exact_usd(1), "0.000000001");
  EXPECT_EQ(exact_usd(12'345'678'901), "12.345678901");
  EXPECT_EQ(shown_amount(1'005'000'000, 1'000'000), "1.00") << "half to even";
  EXPECT_EQ(shown_amount(1'015'000'000, 1'000'000), "1.02");
  EXPECT_EQ(shown_amount(1'005'000'001, 1'000'000), "1.01");
  EXPECT_EQ(shown_amount(1'234'567'890'000'000, 1'000'000), "1,234,567.89");
  EXPECT_EQ(shown_amount(10'000'000'000, 920'000), "9.20");
  EXPECT_EQ(shown_amount(INT64_MAX, 1'000'000), "9,223,372,036.85");
  const auto error = [](std::initializer_list<QueryParameter> parameters) {
    const auto query = parse_statement_query({parameters.begin(), parameters.size()});
    return query ? std::string("accepted") : query.error().message;
  };
  EXPECT_NE(error({}).find("month"), std::string::npos);
  EXPECT_NE(error({{"month", "2026-13"}}).find("month"), std::string::npos);
  EXPECT_NE(error({{"month", "2026-11"}, {"group_by", "day"}}).find("group_by"), std::string::npos);
  EXPECT_NE(error({{"month", "2026-11"}, {"currency", "EUR"}}).find("rate"), std::string::npos);
  EXPECT_NE(error({{"month", "2026-11"}, {"from", "2026-11-02"}}).find("from"), std::string::npos);
  EXPECT_NE(error({{"month", "2026-11"}, {"format", "pdf"}}).find("html"), std::string::npos);
}

TEST_P(ReportTest, NamesInTheHtmlAreNoMarkup) {
  start();
  call_at("2026-11-15T12:00:00Z", "shop", 1, 1, State::Settled, 0, "acme/<b>&\"x");
  const std::string html =
      statement_html(statement({{"month", "2026-11"}, {"group_by", "target"}}), kNoon);
  EXPECT_EQ(html.find("<b>"), std::string::npos);
  EXPECT_NE(html.find("acme/&lt;b&gt;&amp;&quot;x"), std::string::npos);
}

// Against numpy: least squares with a dummy for each weekday, and the variance of the sum of new
// days, s^2 (h + x' (X'X)^-1 x); quantiles of Student's t from SciPy.
TEST(PredictSum, IsTheIntervalOfTheRegression) {
  std::vector<DayCost> history;
  const double costs[] = {10, 20, 30, 40, 50, 5,  1,  12, 18, 33, 37,
                          52, 4,  2,  11, 22, 27, 43, 48, 6,  0};
  for (size_t i = 0; i < std::size(costs); ++i)
    history.push_back({static_cast<int>(i % 7), costs[i]});
  const std::vector<int> ahead{0, 1, 2, 3, 4, 5, 6, 0, 1};
  const Prediction made = predict_sum(history, ahead, 0.8);
  EXPECT_DOUBLE_EQ(made.sum, 188);
  EXPECT_NEAR(*made.margin, 9.996579847314724, 1e-9);
  const std::vector<DayCost> few{{0, 4}, {1, 8}, {2, 6}, {3, 2}, {4, 10}};
  const Prediction young = predict_sum(few, std::vector<int>{5, 6, 0}, 0.8);
  EXPECT_DOUBLE_EQ(young.sum, 18);
  EXPECT_NEAR(*young.margin, 10.62236466061385, 1e-9);
  EXPECT_FALSE(predict_sum({few.data(), 2}, ahead, 0.8).margin.has_value());
  EXPECT_EQ(predict_sum({}, ahead, 0.8).sum, 0);
  EXPECT_EQ(*predict_sum(history, {}, 0.8).margin, 0) << "nothing is left to happen";
}

// What the interval promises, it holds: simulated months, fixed seed.
TEST(PredictSum, HoldsAsOftenAsItSays) {
  std::mt19937 random(20261124);
  std::normal_distribution<double> noise(0, 25);
  const double means[] = {200, 220, 210, 230, 190, 60, 40};
  const auto day = [&](int i) { return means[i % 7] + noise(random); };
  for (const double level : {0.8, 0.95}) {
    int held = 0;
    constexpr int kMonths = 4'000;
    for (int month = 0; month < kMonths; ++month) {
      std::vector<DayCost> history;
      for (int i = 0; i < 56; ++i) history.push_back({i % 7, day(i)});
      std::vector<int> ahead;
      double truth = 0;
      for (int i = 56; i < 56 + 17; ++i) {
        ahead.push_back(i % 7);
        truth += day(i);
      }
      const Prediction made = predict_sum(history, ahead, level);
      held += std::abs(truth - made.sum) <= *made.margin ? 1 : 0;
    }
    // Three standard errors of a share of 4,000 are at most 0.019.
    EXPECT_NEAR(static_cast<double>(held) / kMonths, level, 0.02);
  }
}

TEST_P(ReportTest, AForecastIsWhatWasSpentAndWhatIsLikely) {
  start();
  // Every day of October and of November until the 23rd: 1,000 tokens out, 2,000,000 nano-dollars.
  for (WallUs day = *time::parse("2026-10-01T10:00:00Z");
       day < *time::parse("2026-11-24T00:00:00Z"); day += time::kDayUs) {
    call_at(to_rfc3339(day), "shop", 0, 1000);
  }
  call_at("2026-11-24T09:00:00Z", "shop", 0, 5000);
  call_at("2026-11-24T09:00:01Z", "desk", 0, 100);
  const ForecastQuery query = must(parse_forecast_query({}));
  const Forecast made = read([&](store::Connection& connection) {
    return read_forecast(connection, query, *time::parse("2026-11-24T12:00:00Z"));
  });
  ASSERT_EQ(made.lines.size(), 2u);
  EXPECT_EQ(made.lines[0].keys[0], "desk");
  EXPECT_EQ(made.lines[0].forecast_nano_usd, 200'000) << "no day of it is over";
  EXPECT_FALSE(made.lines[0].low_nano_usd.has_value());
  const ForecastLine& shop = made.lines[1];
  EXPECT_EQ(shop.days_of_history, 54);
  EXPECT_EQ(shop.spent_nano_usd, 23 * 2'000'000 + 10'000'000);
  // 23 days are over, seven are to come, today among them; every day was alike.
  EXPECT_EQ(shop.forecast_nano_usd, 30 * 2'000'000);
  EXPECT_EQ(shop.low_nano_usd, 60'000'000);
  EXPECT_EQ(shop.high_nano_usd, 60'000'000);
  const auto json = boost::json::parse(forecast_json(made, kNoon)).as_object();
  EXPECT_EQ(json.at("month").as_string(), "2026-11");
  EXPECT_EQ(json.at("data").as_array()[1].at("forecast_nano_usd").as_int64(), 60'000'000);
}

TEST_P(ReportTest, ReportsAreHeldAgainstOurCounts) {
  start();
  const auto settle = [&](int64_t input, int64_t output, int64_t counted_input,
                          int64_t counted_output, std::string_view target = "acme/m") {
    call_at("2026-11-24T11:00:0" + std::to_string(number_ % 10) + "Z", "shop", input, output,
            State::Settled, counted_output, target, counted_input);
  };
  settle(100, 50, 110, 55);  // usual
  settle(100, 20, 110, 55);  // half of the output is missing
  settle(500, 50, 110, 55);  // an input of four times
  settle(0, 0, 110, 55);     // nothing at all
  settle(0, 0, 0, 0);        // nothing, and so say we
  settle(1, 1, 4, 4);        // too short to say
  settle(10, 10, 11, 12, "other/m");
  call_at("2026-11-24T11:30:00Z", "shop", 40, 9, State::Estimated);
  call_at("2026-11-24T11:31:00Z", "shop", 0, 0, State::Released);
  const QueryParameter parameters[] = {{"from", "2026-11-24"}};
  const ReconciliationQuery query = must(parse_reconciliation_query(parameters, kNoon));
  const Reconciliation made =
      read([&](store::Connection& connection) { return read_reconciliation(connection, query); });
  ASSERT_EQ(made.targets.size(), 2u);
  const TargetReconciliation& acme = made.targets[0];
  EXPECT_EQ(acme.target, "acme/m");
  EXPECT_EQ(acme.calls, 7);
  EXPECT_EQ(acme.missing, 1);
  EXPECT_EQ(acme.zero, 1);
  EXPECT_EQ(acme.low, 1);
  EXPECT_EQ(acme.high, 1);
  EXPECT_EQ(acme.input_reported, 100 + 100 + 500 + 0 + 1);
  EXPECT_EQ(acme.input_counted, 4 * 110 + 4);
  EXPECT_EQ(acme.output_reported, 50 + 20 + 50 + 0 + 1);
  EXPECT_EQ(acme.output_counted, 4 * 55 + 4);
  EXPECT_EQ(acme.missing_nano_usd, 40 * 1000 + 9 * 2000);
  std::string findings;
  for (const OddCall& odd : made.odd) findings += std::string(finding_name(odd.finding)) + " ";
  EXPECT_EQ(findings, "missing zero high low ");
  const auto json = boost::json::parse(reconciliation_json(made)).as_object();
  EXPECT_DOUBLE_EQ(json.at("data").as_array()[1].at("output_percent").to_number<double>(), 83.3);
  EXPECT_TRUE(parse_reconciliation_query(std::vector<QueryParameter>{{"low", "-1"}}, kNoon)
                  .error()
                  .message.find("low") != std::string::npos);
}

}  // namespace
}  // namespace tandem::cost
