#include "cost/webhooks/api.h"

#include <charconv>

#include "base/config/read.h"
#include "base/ids.h"
#include "base/json/writer.h"
#include "cost/errors.h"
#include "cost/ledger_query.h"
#include "cost/webhooks/alert_watch.h"
#include "cost/webhooks/store.h"

namespace tandem::cost::webhooks {
namespace {

using net::Access;
using net::Exchange;
using net::Method;
using net::Response;
using net::Route;

void write_webhook(json::Writer& json, const Webhook& webhook, std::string_view secret) {
  json.object().key("id").string(webhook.id).key("name").string(webhook.name);
  json.key("project").string_or_null(webhook.project).key("url").string(webhook.url);
  if (!secret.empty()) json.key("secret").string(secret);
  json.key("created_at").string(to_rfc3339(webhook.created_us));
  json.key("updated_at").string(to_rfc3339(webhook.updated_us));
  json.key("version").integer(webhook.version).end_object();
}

void write_delivery(json::Writer& json, const Delivery& delivery) {
  json.object().key("id").string(delivery.id).key("name").string(delivery.event);
  json.key("project").string_or_null(delivery.project);
  json.key("webhook_id").string(delivery.webhook_id).key("event").string(delivery.event);
  json.key("state").string(delivery_state_name(delivery.state));
  json.key("attempts").integer(delivery.attempts).key("last_status");
  delivery.last_status == 0 ? json.null() : json.integer(delivery.last_status);
  json.key("last_error").string_or_null(delivery.last_error).key("next_attempt_at");
  delivery.state == DeliveryState::Pending ? json.string(to_rfc3339(delivery.due_us)) : json.null();
  json.key("body").raw(delivery.body);
  json.key("created_at").string(to_rfc3339(delivery.created_us));
  json.key("updated_at").string(to_rfc3339(delivery.updated_us));
  json.key("version").integer(1).end_object();
}

struct Page {
  size_t limit = 50;
  std::string before;  // the last id of the page before
};

Result<Page> page_of(const net::Request& request) {
  Page page;
  const std::string text = request.query_param("limit").value_or("50");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), page.limit);
  if (error != std::errc() || end != text.data() + text.size() || page.limit < 1 ||
      page.limit > kMaxLedgerLimit) {
    return fail(errors::bad_value("limit", text, "a number from 1 to 1000"));
  }
  if (const std::string cursor = request.query_param("cursor").value_or(""); !cursor.empty()) {
    TRY(const auto key, decode_cursor(cursor));
    if (key.size() != 1) return fail(errors::bad_cursor());
    page.before = key[0];
  }
  return page;
}

// `items` may hold one more than the page has room for.
template <class Item, class Id, class Write>
Response page_response(const std::vector<Item>& items, const Page& page, Id id, Write write) {
  std::string body;
  json::Writer json(body);
  json.object().key("data").array();
  const size_t count = std::min(items.size(), page.limit);
  for (size_t i = 0; i < count; ++i) write(json, items[i]);
  json.end_array().key("next_cursor");
  if (items.size() > page.limit) {
    const std::string last[] = {id(items[count - 1])};
    json.string(encode_cursor(last));
  } else {
    json.null();
  }
  json.end_object();
  return Response::json(200, std::move(body));
}

class Handlers {
 public:
  explicit Handlers(const WebhookApi& api) : api_(api) {}

  Task<Result<Response>> create(Exchange& exchange) const {
    CO_TRY(const auto wanted, config::read_body<WebhookRequest>(exchange.request().body()));
    const Principal& principal = exchange.context().principal;
    Webhook webhook;
    webhook.project =
        wanted.project.value_or(principal.every_project ? "" : principal.project.str());
    if (!principal.every_project && webhook.project != principal.project.view()) {
      co_return fail(errors::foreign_project("webhooks"));
    }
    CO_TRY(const Address checked, parse_address(wanted.url, api_.settings));
    (void)checked;
    webhook.id = RequestId::make("whk").str();
    webhook.name = wanted.name;
    webhook.url = wanted.url;
    webhook.created_us = webhook.updated_us = api_.now();
    auto job = [&] {
      return api_.db.write_now(
          [&](store::Connection& connection) { return sql::insert_webhook(connection, webhook); });
    };
    CO_TRY_VOID(co_await api_.admin.run(job));
    std::string body;
    json::Writer json(body);
    write_webhook(json, webhook, api_.secret_of(webhook.id));
    Response response = Response::json(201, std::move(body));
    response.add_header("cache-control", "no-store");
    co_return response;
  }

  Task<Result<Response>> list(Exchange& exchange) const {
    const auto job = [](store::Connection& connection) { return sql::list_webhooks(connection); };
    CO_TRY(const auto webhooks, co_await api_.db.read(job));
    std::string body;
    json::Writer json(body);
    json.object().key("data").array();
    for (const Webhook& webhook : webhooks) {
      if (sees(exchange.context().principal, webhook)) write_webhook(json, webhook, "");
    }
    json.end_array().key("next_cursor").null().end_object();
    co_return Response::json(200, std::move(body));
  }

  Task<Result<Response>> get(Exchange& exchange) const {
    CO_TRY(const Webhook webhook, co_await find(exchange));
    std::string body;
    json::Writer json(body);
    write_webhook(json, webhook, "");
    co_return Response::json(200, std::move(body));
  }

  Task<Result<Response>> remove(Exchange& exchange) const {
    CO_TRY(const Webhook webhook, co_await find(exchange));
    auto job = [&] {
      return api_.db.write_now([&](store::Connection& connection) {
        return sql::delete_webhook(connection, webhook.id);
      });
    };
    CO_TRY(const bool gone, co_await api_.admin.run(job));
    if (!gone) co_return fail(errors::webhook_not_found(webhook.id));
    co_return Response::empty(204);
  }

  // Sends an event of no meaning, to see that it arrives and that its signature is understood.
  Task<Result<Response>> test(Exchange& exchange) const {
    CO_TRY(const Webhook webhook, co_await find(exchange));
    Delivery delivery;
    delivery.id = RequestId::make("msg").str();
    delivery.webhook_id = webhook.id;
    delivery.project = webhook.project;
    delivery.event = "webhook.test";
    delivery.due_us = delivery.created_us = delivery.updated_us = api_.now();
    json::Writer event(delivery.body);
    event.object().key("type").string(delivery.event);
    event.key("timestamp").string(to_rfc3339(delivery.created_us));
    event.key("data").object().key("webhook_id").string(webhook.id).end_object().end_object();
    auto job = [&] {
      return api_.db.write_now([&](store::Connection& connection) {
        return sql::insert_delivery(connection, delivery);
      });
    };
    CO_TRY_VOID(co_await api_.admin.run(job));
    std::string body;
    json::Writer json(body);
    write_delivery(json, delivery);
    co_return Response::json(202, std::move(body));
  }

  Task<Result<Response>> deliveries(Exchange& exchange) const {
    CO_TRY(const Page page, page_of(exchange.request()));
    const std::string project = project_of(exchange.context().principal);
    const std::string webhook = exchange.request().query_param("webhook_id").value_or("");
    const std::string state = exchange.request().query_param("state").value_or("");
    if (!state.empty()) CO_TRY_VOID(parse_delivery_state(state));
    const auto job = [&](store::Connection& connection) {
      return sql::list_deliveries(connection, project, webhook, state, page.before, page.limit + 1);
    };
    CO_TRY(const auto items, co_await api_.db.read(job));
    co_return page_response(
        items, page, [](const Delivery& each) { return each.id; }, write_delivery);
  }

  Task<Result<Response>> alerts(Exchange& exchange) const {
    CO_TRY(const Page page, page_of(exchange.request()));
    const std::string project = project_of(exchange.context().principal);
    const auto job = [&](store::Connection& connection) {
      return sql::list_alerts(connection, project, page.before, page.limit + 1);
    };
    CO_TRY(const auto items, co_await api_.db.read(job));
    const auto write = [](json::Writer& json, const sql::StoredAlert& alert) {
      json.raw(alert_body(alert));
    };
    co_return page_response(
        items, page, [](const sql::StoredAlert& each) { return each.id; }, write);
  }

  Task<Result<Response>> send_again(Exchange& exchange) const {
    const std::string id(exchange.request().path_param("id"));
    const std::string project = project_of(exchange.context().principal);
    auto job = [&] {
      return api_.db.write_now([&](store::Connection& connection) -> Result<bool> {
        TRY(const auto found, sql::find_delivery(connection, id));
        if (!found || (!project.empty() && found->project != project)) return false;
        return sql::send_again(connection, id, api_.now());
      });
    };
    CO_TRY(const bool found, co_await api_.admin.run(job));
    if (!found) co_return fail(errors::webhook_not_found(id));
    co_return Response::empty(204);
  }

 private:
  static bool sees(const Principal& principal, const Webhook& webhook) {
    return principal.every_project || webhook.project == principal.project.view();
  }
  // Empty: every project.
  static std::string project_of(const Principal& principal) {
    return principal.every_project ? std::string() : principal.project.str();
  }

  // A webhook of another project does not exist.
  Task<Result<Webhook>> find(Exchange& exchange) const {
    const std::string id(exchange.request().path_param("id"));
    const auto job = [&](store::Connection& connection) {
      return sql::find_webhook(connection, id);
    };
    CO_TRY(auto found, co_await api_.db.read(job));
    if (!found || !sees(exchange.context().principal, *found)) {
      co_return fail(errors::webhook_not_found(id));
    }
    co_return *std::move(found);
  }

  WebhookApi api_;
};

using Handler = Task<Result<Response>> (Handlers::*)(Exchange&) const;

}  // namespace

net::Routes webhook_routes(const WebhookApi& api) {
  const auto handlers = std::make_shared<const Handlers>(api);
  net::Routes routes;
  const auto add = [&](Method method, std::string path, Access access, std::string audit,
                       std::string summary, Handler handler) -> Route& {
    Route route;
    route.method = method;
    route.pattern = "/api/tandem/v1" + path;
    route.permission = {access, "webhooks"};
    route.audit_action = std::move(audit);
    route.tag = "webhooks";
    route.summary = std::move(summary);
    route.response_schema = R"({"type":"object"})";
    route.handler = [handlers, handler](Exchange& exchange) {
      return (handlers.get()->*handler)(exchange);
    };
    routes.push_back(std::move(route));
    return routes.back();
  };
  const auto query = [](Route& route, std::string name, std::string description) {
    route.parameters.push_back(
        {std::move(name), net::ParameterDoc::In::Query, "string", std::move(description), false});
  };
  using H = Handlers;
  Route& create =
      add(Method::Post, "/webhooks", Access::Admin, "webhooks.create",
          "Send budget alerts to an address; the secret is shown this once", &H::create);
  create.request_schema = R"({"type":"object"})";
  create.success_status = 201;
  add(Method::Get, "/webhooks", Access::Admin, "", "List webhooks", &H::list);
  add(Method::Get, "/webhooks/{id}", Access::Admin, "", "Show a webhook", &H::get);
  add(Method::Delete, "/webhooks/{id}", Access::Admin, "webhooks.delete",
      "Delete a webhook and what is still to be sent to it", &H::remove)
      .success_status = 204;
  add(Method::Post, "/webhooks/{id}/test", Access::Admin, "webhooks.test",
      "Send it an event of type webhook.test", &H::test)
      .success_status = 202;
  Route& deliveries = add(Method::Get, "/webhook_deliveries", Access::Admin, "",
                          "List what was sent or is to be sent, newest first", &H::deliveries);
  query(deliveries, "webhook_id", "Only to this webhook.");
  query(deliveries, "state", "pending, delivered or failed.");
  add(Method::Post, "/webhook_deliveries/{id}/retry", Access::Admin, "webhook_deliveries.retry",
      "Send it again now, whatever became of it", &H::send_again)
      .success_status = 204;
  Route& alerts = add(Method::Get, "/budget_alerts", Access::Read, "",
                      "List thresholds that budgets passed, newest first", &H::alerts);
  alerts.permission.noun = "budgets";
  for (Route* route : {&deliveries, &alerts}) {
    query(*route, "limit", "Items on a page, at most 1000; 50 by default.");
    query(*route, "cursor", "The next_cursor of the page before.");
  }
  return routes;
}

}  // namespace tandem::cost::webhooks
