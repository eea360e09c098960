#include "cost/api.h"

#include <charconv>

#include "base/config/read.h"
#include "base/time/calendar.h"
#include "cost/api_json.h"
#include "cost/errors.h"
#include "cost/ledger_output.h"
#include "cost/stored_settings.h"
#include "net/http/url.h"

namespace tandem::cost {
namespace {

using net::Access;
using net::Exchange;
using net::Method;
using net::Response;
using net::Route;

constexpr size_t kMaxQueryParameters = 64;

bool sees_own(const Principal& principal, Scope scope, std::string_view id) {
  switch (scope) {
    case Scope::Organisation:
      return false;
    case Scope::Project:
      return id == principal.project.view();
    case Scope::Team:
      return !id.empty() && id == principal.team.view();
    case Scope::User:
      return !id.empty() && id == principal.user.view();
    case Scope::Key:
      return id == principal.key.view();
    case Scope::Endpoint:
      return false;  // it may serve several projects
  }
  return false;
}

Result<Expected> expected_of(const net::Request& request) {
  Expected expected;
  expected.dry_run = request.query_param("dry_run") == "true";
  std::string_view tag = request.header("if-match");
  if (tag.empty() || tag == "*") return expected;
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') {
    tag = tag.substr(1, tag.size() - 2);
  }
  int64_t version = 0;
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
  if (error != std::errc() || end != tag.data() + tag.size()) {
    return fail(errors::bad_value("If-Match", tag, "the `version` that you read"));
  }
  expected.version = version;
  return expected;
}

Result<size_t> limit_of(const net::Request& request) {
  const std::string text = request.query_param("limit").value_or("50");
  size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit < 1 ||
      limit > kMaxLedgerLimit) {
    return fail(errors::bad_value("limit", text, "a number from 1 to 1000"));
  }
  return limit;
}

std::string finish_page(std::string data, const std::vector<std::string>& next) {
  json::Writer json(data);
  json.end_array().key("next_cursor");
  next.empty() ? json.null() : json.string(encode_cursor(next));
  json.end_object();
  return data;
}

Response dry_run_response(bool created, const std::vector<config::Change>& changes) {
  std::string body;
  json::Writer json(body);
  json.object().key("dry_run").boolean(true).key("would_create").boolean(created).key("changes");
  config::write_changes(json, changes);
  json.end_object();
  return Response::json(200, std::move(body));
}

bool accepts_csv(const net::Request& request) {
  return request.query_param("format").value_or("").empty() &&
         request.header("accept").find("text/csv") != std::string_view::npos;
}

class Handlers {
 public:
  explicit Handlers(const CostApi& api) : api_(api) {}

  Task<Result<void>> list_ledger(Exchange& exchange) const {
    CO_TRY(LedgerQuery query,
           ledger_query_for(exchange.context().principal, exchange.request().query()));
    if (query.format == LedgerFormat::Json && accepts_csv(exchange.request())) {
      query.format = LedgerFormat::Csv;
    }
    if (query.format != LedgerFormat::Json) co_return co_await export_ledger(exchange, query);
    auto job = [&query](store::Connection& connection) {
      return read_ledger_json(connection, query);
    };
    CO_TRY(std::string body, co_await api_.db.read(job));
    co_return co_await exchange.respond(Response::json(200, std::move(body)));
  }

  // Page after page, each in a transaction of its own, as fast as the client reads.
  Task<Result<void>> export_ledger(Exchange& exchange, LedgerQuery& query) const {
    const bool csv = query.format == LedgerFormat::Csv;
    const bool whole = !query.limit_given;
    if (whole) query.limit = kMaxLedgerLimit;
    const auto read = [&query](store::Connection& connection) {
      return read_ledger_page(connection, query);
    };
    std::string piece = csv && query.after.empty() ? csv_head(query) : std::string();
    while (true) {
      auto page =
          co_await api_.db.read(std::function<Result<LedgerPage>(store::Connection&)>(read));
      if (!page) {
        // What was sent is not all: the client must not take it for that.
        if (exchange.started()) exchange.abort();
        co_return fail(std::move(page).error());
      }
      piece += page->items;
      if (!exchange.started()) {
        std::string headers;
        net::append_header(
            headers, "content-disposition",
            csv ? "attachment; filename=\"ledger.csv\"" : "attachment; filename=\"ledger.jsonl\"");
        exchange.start(200, csv ? "text/csv; charset=utf-8; header=present" : "application/jsonl",
                       headers);
      }
      if (!whole || page->next.empty()) break;
      query.after = page->next;
      CO_TRY_VOID(co_await exchange.write(piece));
      piece.clear();
    }
    co_return co_await exchange.finish(piece);
  }

  Task<Result<Response>> list_budgets(Exchange& exchange) const {
    CO_TRY(const size_t limit, limit_of(exchange.request()));
    std::optional<Budgets::ScopeName> after;
    if (const std::string cursor = exchange.request().query_param("cursor").value_or("");
        !cursor.empty()) {
      CO_TRY(const auto key, decode_cursor(cursor));
      if (key.size() != 2) co_return fail(errors::bad_cursor());
      CO_TRY(const Scope scope, parse_scope(key[0]));
      after.emplace(scope, key[1]);
    }
    co_return Response::json(200, budget_page(exchange.context().principal, limit, after));
  }

  Task<Result<Response>> get_budget(Exchange& exchange) const {
    CO_TRY(const Budgets::ScopeName name, scope_of(exchange));
    const auto& [scope, id] = name;
    if (!may_see(exchange.context().principal, scope, id)) {
      co_return fail(errors::foreign_project("budgets"));
    }
    std::string body;
    json::Writer json(body);
    write_one_scope(json, scope, id);
    co_return Response::json(200, std::move(body));
  }

  Task<Result<Response>> put_budget(Exchange& exchange) const {
    CO_TRY(const Budgets::ScopeName name, changeable_scope_of(exchange));
    CO_TRY(const Expected expected, expected_of(exchange.request()));
    CO_TRY(const BudgetConfig wanted, config::read_body<BudgetConfig>(exchange.request().body()));
    auto job = [&] {
      return api_.budget_service.put(name.first, name.second, wanted, expected, api_.now());
    };
    CO_TRY(const AppliedBudget applied, co_await api_.admin.run(job));
    if (expected.dry_run) co_return dry_run_response(applied.created, applied.changes);
    const auto periods = api_.budgets.spend(name.first, name.second, api_.now());
    std::string body;
    json::Writer json(body);
    write_budget(json, periods[static_cast<size_t>(wanted.period)], applied.budget);
    co_return Response::json(applied.created ? 201 : 200, std::move(body));
  }

  Task<Result<Response>> delete_budget(Exchange& exchange) const {
    CO_TRY(const Budgets::ScopeName name, changeable_scope_of(exchange));
    CO_TRY(const Expected expected, expected_of(exchange.request()));
    std::optional<Period> period;
    if (const auto text = exchange.request().query_param("period")) {
      CO_TRY(period, parse_period(*text));
    }
    auto job = [&] {
      return api_.budget_service.remove(name.first, name.second, period, expected);
    };
    CO_TRY_VOID(co_await api_.admin.run(job));
    co_return Response::empty(204);
  }

  Task<Result<Response>> list_prices(Exchange& exchange) const {
    CO_TRY(const size_t limit, limit_of(exchange.request()));
    std::string after;
    if (const std::string cursor = exchange.request().query_param("cursor").value_or("");
        !cursor.empty()) {
      CO_TRY(const auto key, decode_cursor(cursor));
      if (key.size() != 1) co_return fail(errors::bad_cursor());
      after = key[0];
    }
    CO_TRY(const WallUs at_us, time_of(exchange.request(), "at"));
    const auto prices = api_.price_service.list();
    std::string body;
    json::Writer json(body);
    json.object().key("data").array();
    if (const auto model = exchange.request().query_param("model")) {
      const ListedPrice* found = api_.price_service.find(*prices, *model, at_us);
      if (found != nullptr) write_price(json, *found, at_us);
      co_return Response::json(200, finish_page(std::move(body), {}));
    }
    auto each = after.empty() ? prices->begin() : prices->upper_bound(after);
    for (size_t count = 0; each != prices->end() && count < limit; ++each, ++count) {
      write_price(json, each->second, at_us);
      after = each->first;
    }
    std::vector<std::string> next;
    if (each != prices->end()) next.push_back(after);
    co_return Response::json(200, finish_page(std::move(body), next));
  }

  Task<Result<Response>> get_price(Exchange& exchange) const {
    const std::string model(exchange.request().path_param("model"));
    const auto prices = api_.price_service.list();
    const auto found = prices->find(model);
    if (found == prices->end()) co_return fail(errors::price_not_found(model));
    CO_TRY(const WallUs at_us, time_of(exchange.request(), "at"));
    std::string body;
    json::Writer json(body);
    write_price(json, found->second, at_us);
    co_return Response::json(200, std::move(body));
  }

  // What rows were settled at: also what was replaced since.
  Task<Result<Response>> list_price_entries(Exchange& exchange) const {
    const std::string id = exchange.request().query_param("id").value_or("");
    const std::string model = exchange.request().query_param("model").value_or("");
    if (id.empty() && model.empty()) {
      co_return fail(errors::bad_value("id", "", "the price_id of a ledger row, or a model"));
    }
    auto job = [&](store::Connection& connection) {
      return stored_settings::find_price_entries(connection, id, model);
    };
    CO_TRY(const auto entries, co_await api_.db.read(job));
    std::string body;
    json::Writer json(body);
    json.object().key("data").array();
    for (const auto& entry : entries) write_price_entry(json, entry);
    co_return Response::json(200, finish_page(std::move(body), {}));
  }

  Task<Result<Response>> put_price(Exchange& exchange) const {
    CO_TRY(const Expected expected, expected_of(exchange.request()));
    CO_TRY(const PriceConfig wanted, config::read_body<PriceConfig>(exchange.request().body()));
    const std::string model(exchange.request().path_param("model"));
    auto job = [&] { return api_.price_service.put(model, wanted, expected, api_.now()); };
    CO_TRY(const AppliedPrice applied, co_await api_.admin.run(job));
    if (expected.dry_run) co_return dry_run_response(applied.created, applied.changes);
    std::string body;
    json::Writer json(body);
    write_price(json, applied.price, api_.now());
    co_return Response::json(applied.created ? 201 : 200, std::move(body));
  }

  Task<Result<Response>> delete_price(Exchange& exchange) const {
    CO_TRY(const Expected expected, expected_of(exchange.request()));
    const std::string model(exchange.request().path_param("model"));
    auto job = [&] { return api_.price_service.remove(model, expected); };
    CO_TRY_VOID(co_await api_.admin.run(job));
    co_return Response::empty(204);
  }

 private:
  // A time among the parameters; now where it is absent.
  Result<WallUs> time_of(const net::Request& request, std::string_view name) const {
    const std::string text = request.query_param(name).value_or("");
    if (text.empty()) return api_.now();
    const auto time_us = time::parse(text);
    if (!time_us) return fail(errors::bad_value(name, text, "a time such as 2026-12-01"));
    return *time_us;
  }

  bool may_see(const Principal& principal, Scope scope, std::string_view id) const {
    if (principal.every_project || sees_own(principal, scope, id)) return true;
    return api_.may_see && api_.may_see(principal, scope, id);
  }

  static Result<Budgets::ScopeName> scope_of(const Exchange& exchange) {
    TRY(const Scope scope, parse_scope(exchange.request().path_param("scope")));
    return Budgets::ScopeName(scope, exchange.request().path_param("id"));
  }

  Result<Budgets::ScopeName> changeable_scope_of(const Exchange& exchange) const {
    TRY(Budgets::ScopeName name, scope_of(exchange));
    const Principal& principal = exchange.context().principal;
    const bool allowed = principal.every_project ||
                         (api_.may_change && api_.may_change(principal, name.first, name.second));
    if (!allowed) return fail(errors::budget_not_yours(scope_name(name.first), name.second));
    return name;
  }

  void write_one_scope(json::Writer& json, Scope scope, const std::string& id) const {
    const auto periods = api_.budgets.spend(scope, id, api_.now());
    std::vector<std::optional<DeclaredBudget>> declared;
    for (Period period : kAllPeriods) {
      declared.push_back(api_.budget_service.find({scope, id, period}));
    }
    write_scope(json, periods, declared);
  }

  // Scopes that the caller may not see are passed over, so a page may take several looks.
  std::string budget_page(const Principal& principal, size_t limit,
                          std::optional<Budgets::ScopeName> after) const {
    std::string body;
    json::Writer json(body);
    json.object().key("data").array();
    size_t written = 0;
    while (true) {
      const auto statuses = api_.budgets.statuses(api_.now(), limit, after);
      if (statuses.empty()) return finish_page(std::move(body), {});
      for (const BudgetStatus& status : statuses) {
        const Budgets::ScopeName name(status.scope, status.id);
        if (written >= limit && name != after) {
          return finish_page(std::move(body),
                             {std::string(scope_name(after->first)), after->second});
        }
        after = name;
        if (!may_see(principal, status.scope, status.id)) continue;
        write_budget(json, status,
                     api_.budget_service.find({status.scope, status.id, status.period}));
        ++written;
      }
    }
  }

  CostApi api_;
};

using Handler = Task<Result<Response>> (Handlers::*)(Exchange&) const;

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> query_parameters(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    auto name = net::percent_decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos
                     ? std::optional<std::string>("")
                     : net::percent_decode(pair.substr(equals + 1), true);
    if (!name || !value || out.size() == kMaxQueryParameters) {
      return fail(errors::bad_value("The query", pair, "at most 64 percent-encoded parameters"));
    }
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

Result<LedgerQuery> ledger_query_for(const Principal& principal, std::string_view query) {
  TRY(const auto decoded, query_parameters(query));
  std::vector<QueryParameter> parameters;
  for (const auto& [name, value] : decoded) parameters.push_back({name, value});
  TRY(LedgerQuery parsed, parse_ledger_query(parameters));
  if (principal.every_project) return parsed;
  for (const LedgerQuery::Equals& each : parsed.equals) {
    if (each.column == "project" && each.value != principal.project.view()) {
      return fail(errors::foreign_project("ledger"));
    }
  }
  parsed.equals.push_back({"project", principal.project.str()});
  return parsed;
}

net::Routes cost_routes(const CostApi& api) {
  const auto handlers = std::make_shared<const Handlers>(api);
  net::Routes routes;
  const auto add = [&](Method method, std::string path, Access access, std::string noun,
                       std::string audit, std::string summary, Handler handler) -> Route& {
    Route route;
    route.method = method;
    route.pattern = "/api/tandem/v1" + path;
    route.permission = {access, noun};
    route.audit_action = std::move(audit);
    route.tag = std::move(noun);
    route.summary = std::move(summary);
    route.response_schema = R"({"type":"object"})";
    if (method == Method::Put) route.request_schema = R"({"type":"object"})";
    route.handler = [handlers, handler](Exchange& exchange) {
      return (handlers.get()->*handler)(exchange);
    };
    routes.push_back(std::move(route));
    return routes.back();
  };
  using H = Handlers;
  Route& ledger = add(Method::Get, "/ledger", Access::Read, "ledger", "",
                      "List ledger rows, or sums of them with group_by", nullptr);
  ledger.handler = nullptr;
  ledger.stream_handler = [handlers](Exchange& exchange) {
    return handlers->list_ledger(exchange);
  };
  for (const auto& [name, description] : ledger_parameters()) {
    ledger.parameters.push_back({std::string(name), net::ParameterDoc::In::Query, "string",
                                 std::string(description), false});
  }
  add(Method::Get, "/budgets", Access::Read, "budgets", "",
      "List budgets with what is settled, reserved and left", &H::list_budgets);
  add(Method::Get, "/budgets/{scope}/{id}", Access::Read, "budgets", "",
      "Show what a scope has spent today, this month and in total", &H::get_budget);
  add(Method::Put, "/budgets/{scope}/{id}", Access::Admin, "budgets", "budgets.put",
      "Create or replace the budget of a period; ?dry_run=true shows the difference",
      &H::put_budget);
  add(Method::Delete, "/budgets/{scope}/{id}", Access::Admin, "budgets", "budgets.delete",
      "Delete a scope's budget of ?period=, or all of its budgets", &H::delete_budget)
      .success_status = 204;
  const auto query = [](Route& route, std::string name, std::string description) {
    route.parameters.push_back(
        {std::move(name), net::ParameterDoc::In::Query, "string", std::move(description), false});
  };
  Route& prices = add(Method::Get, "/prices", Access::Read, "prices", "",
                      "List prices, built-in ones included", &H::list_prices);
  query(prices, "model", "Only the price that a call of this provider/model is settled at.");
  query(prices, "at", "As of this time instead of now: RFC 3339, a date or Unix microseconds.");
  Route& entries = add(Method::Get, "/price_entries", Access::Read, "prices", "",
                       "What prices said that rows were settled at, replaced ones included",
                       &H::list_price_entries);
  query(entries, "id", "The price_id of a ledger row.");
  query(entries, "model", "Every entry that this name of the price table ever had.");
  add(Method::Get, "/prices/{model*}", Access::Read, "prices", "", "Show the price of a model",
      &H::get_price);
  add(Method::Put, "/prices/{model*}", Access::Admin, "prices", "prices.put",
      "Create or replace a price; ?dry_run=true shows the difference", &H::put_price);
  add(Method::Delete, "/prices/{model*}", Access::Admin, "prices", "prices.delete",
      "Delete a price; a built-in one applies again", &H::delete_price)
      .success_status = 204;
  return routes;
}

}  // namespace tandem::cost
