#include "cost/reports/api.h"

#include "cost/api.h"
#include "cost/errors.h"
#include "cost/reports/forecast.h"
#include "cost/reports/reconciliation.h"
#include "cost/reports/statement.h"

namespace tandem::cost {
namespace {

using net::Exchange;
using net::Response;
using net::Route;

// Without the right to every project: of the caller's own only.
Result<void> keep_to_project(const Principal& principal, std::vector<LedgerQuery::Equals>& equals) {
  if (principal.every_project) return {};
  for (const LedgerQuery::Equals& each : equals) {
    if (each.column == "project" && each.value != principal.project.view()) {
      return fail(errors::foreign_project("ledger"));
    }
  }
  equals.push_back({"project", principal.project.str()});
  return {};
}

// The parameters, decoded; the views are of `owned`.
struct Parameters {
  std::vector<std::pair<std::string, std::string>> owned;
  std::vector<QueryParameter> views;

  static Result<Parameters> of(const Exchange& exchange) {
    Parameters out;
    TRY(out.owned, query_parameters(exchange.request().query()));
    for (const auto& [name, value] : out.owned) out.views.push_back({name, value});
    return out;
  }
};

class Handlers {
 public:
  explicit Handlers(const ReportApi& api) : api_(api) {}

  Task<Result<Response>> statement(Exchange& exchange) const {
    CO_TRY(const Parameters parameters, Parameters::of(exchange));
    CO_TRY(StatementQuery query, parse_statement_query(parameters.views));
    CO_TRY_VOID(keep_to_project(exchange.context().principal, query.equals));
    const auto job = [&query](store::Connection& connection) {
      return read_statement(connection, query);
    };
    CO_TRY(const Statement made, co_await api_.db.read(job));
    if (query.format == StatementFormat::Json) {
      co_return Response::json(200, statement_json(made, api_.now()));
    }
    Response response;
    if (query.format == StatementFormat::Csv) {
      response.content_type = "text/csv; charset=utf-8; header=present";
      response.add_header("content-disposition",
                          "attachment; filename=\"statement-" + query.month + ".csv\"");
      response.body = statement_csv(made);
    } else {
      response.content_type = "text/html; charset=utf-8";
      response.add_header("content-security-policy",
                          "default-src 'none'; style-src 'unsafe-inline'");
      response.body = statement_html(made, api_.now());
    }
    co_return response;
  }

  Task<Result<Response>> forecast(Exchange& exchange) const {
    CO_TRY(const Parameters parameters, Parameters::of(exchange));
    CO_TRY(ForecastQuery query, parse_forecast_query(parameters.views));
    CO_TRY_VOID(keep_to_project(exchange.context().principal, query.equals));
    const WallUs now_us = api_.now();
    const auto job = [&](store::Connection& connection) {
      return read_forecast(connection, query, now_us);
    };
    CO_TRY(const Forecast made, co_await api_.db.read(job));
    co_return Response::json(200, forecast_json(made, now_us));
  }

  Task<Result<Response>> reconciliation(Exchange& exchange) const {
    CO_TRY(const Parameters parameters, Parameters::of(exchange));
    CO_TRY(ReconciliationQuery query, parse_reconciliation_query(parameters.views, api_.now()));
    CO_TRY_VOID(keep_to_project(exchange.context().principal, query.equals));
    const auto job = [&query](store::Connection& connection) {
      return read_reconciliation(connection, query);
    };
    CO_TRY(const Reconciliation made, co_await api_.db.read(job));
    co_return Response::json(200, reconciliation_json(made));
  }

 private:
  ReportApi api_;
};

using Handler = Task<Result<Response>> (Handlers::*)(Exchange&) const;

}  // namespace

net::Routes report_routes(const ReportApi& api) {
  const auto handlers = std::make_shared<const Handlers>(api);
  net::Routes routes;
  const auto add = [&](std::string path, std::string summary, Handler handler,
                       std::initializer_list<LedgerParameter> parameters) {
    Route route;
    route.pattern = "/api/tandem/v1" + path;
    route.permission = {net::Access::Read, "ledger"};
    route.tag = "reports";
    route.summary = std::move(summary);
    route.response_schema = R"({"type":"object"})";
    route.handler = [handlers, handler](Exchange& exchange) {
      return (handlers.get()->*handler)(exchange);
    };
    for (const LedgerParameter& each : parameters) {
      route.parameters.push_back({std::string(each.name), net::ParameterDoc::In::Query, "string",
                                  std::string(each.meaning), false});
    }
    routes.push_back(std::move(route));
  };
  add("/statements", "What a month cost, to be passed on: JSON, CSV or a page to print",
      &Handlers::statement,
      {{"month", "Such as 2026-11 (UTC). Required."},
       {"group_by", "Up to four fields of the ledger without time, project by default."},
       {"filter", "As of the ledger; so are its filters by name: project, team, endpoint …"},
       {"format", "json, csv or html."},
       {"currency", "Code of the currency that amounts are shown in, with `rate`."},
       {"rate", "What a US dollar is in it, such as 0.92. For the eye only."}});
  add("/forecast", "What this month will have cost, with an interval", &Handlers::forecast,
      {{"group_by", "Up to three fields of the ledger without time, project by default."},
       {"level", "How often the interval holds, in percent: 80 by default."},
       {"filter", "As of the ledger; so are its filters by name."}});
  add("/reconciliation", "Reported usage held against our own counts, and calls that stand out",
      &Handlers::reconciliation,
      {{"from", "30 days ago by default."},
       {"to", "Now by default."},
       {"low", "A report below this percentage of our count stands out: 50."},
       {"high", "A report above this percentage of our count stands out: 200."},
       {"least", "Only where we counted at least so many tokens: 5."},
       {"limit", "How many of the calls that stand out are listed, newest first."},
       {"filter", "As of the ledger; so are its filters by name."}});
  return routes;
}

}  // namespace tandem::cost
