#include "identity/limits_api.h"

#include "base/config/read.h"
#include "base/config/write.h"
#include "base/json/writer.h"
#include "identity/errors.h"

namespace tandem::identity {
namespace {

using net::Access;
using net::Exchange;
using net::Method;
using net::Response;
using net::Route;

using Name = CallLimitsService::Name;

bool sees(const Principal& principal, const Name& name) {
  if (principal.every_project) return true;
  switch (name.first) {
    case LimitScope::Project:
      return name.second == principal.project.view();
    case LimitScope::Team:
      return name.second == principal.team.view();
    case LimitScope::User:
      return name.second == principal.user.view();
    case LimitScope::Key:
      return name.second == principal.key.view();
    case LimitScope::Endpoint:
      return false;  // it may serve several projects
  }
  return false;
}

Result<Name> name_of(const Exchange& exchange) {
  TRY(const LimitScope scope, parse_limit_scope(exchange.request().path_param("scope")));
  return Name(scope, std::string(exchange.request().path_param("id")));
}

void write_state(json::Writer& json, std::string_view name, const std::optional<RateState>& state) {
  json.key(name);
  if (!state) {
    json.null();
    return;
  }
  json.object().key("limit").integer(state->limit).key("remaining").integer(state->remaining);
  json.key("reset_us").integer(state->reset_us).end_object();
}

void write_limits(json::Writer& json, const Name& name, const SetLimits& set, RateLimits& limits) {
  const std::string_view scope = limit_scope_name(name.first);
  json.object().key("id").string(std::string(scope) + "/" + name.second);
  json.key("name").string(name.second);
  json.key("project").string_or_null(name.first == LimitScope::Project ? name.second : "");
  json.key("scope").string(scope).key("scope_id").string(name.second);
  config::write_json_members(json, set.limits);
  const RateStates states =
      limits.scopes().states(name.first, name.second, {steady_now_us(), wall_now_us()});
  json.key("tightest").object();
  write_state(json, "requests", states.requests);
  write_state(json, "tokens", states.tokens);
  json.end_object();
  json.key("created_at").string(to_rfc3339(set.created_us));
  json.key("updated_at").string(to_rfc3339(set.updated_us));
  json.key("version").integer(set.version).end_object();
}

class Handlers {
 public:
  Handlers(Identity& identity, Pool& admin) : identity_(identity), admin_(admin) {}

  Task<Result<Response>> list(Exchange& exchange) {
    std::string body;
    json::Writer json(body);
    json.object().key("data").array();
    for (const auto& [name, set] : identity_.call_limits().list()) {
      if (!sees(exchange.context().principal, name)) continue;
      write_limits(json, name, set, identity_.rate_limits());
    }
    json.end_array().key("next_cursor").null().end_object();
    co_return Response::json(200, std::move(body));
  }

  Task<Result<Response>> get(Exchange& exchange) {
    CO_TRY(const Name name, name_of(exchange));
    const auto all = identity_.call_limits().list();
    const auto found = all.find(name);
    if (found == all.end() || !sees(exchange.context().principal, name)) {
      co_return fail(errors::no_limits(limit_scope_name(name.first), name.second));
    }
    co_return one(200, name, found->second);
  }

  Task<Result<Response>> put(Exchange& exchange) {
    CO_TRY(const Name name, name_of(exchange));
    CO_TRY(const CallLimits wanted, config::read_body<CallLimits>(exchange.request().body()));
    CO_TRY(const WriteOptions options,
           read_write_options("", exchange.request().header("if-match")));
    auto job = [&] {
      return identity_.call_limits().put(name, wanted, options.if_match, wall_now_us());
    };
    CO_TRY(const SetLimits set, co_await admin_.run(job));
    co_return one(set.version == 1 ? 201 : 200, name, set);
  }

  Task<Result<Response>> remove(Exchange& exchange) {
    CO_TRY(const Name name, name_of(exchange));
    auto job = [&] { return identity_.call_limits().remove(name); };
    CO_TRY_VOID(co_await admin_.run(job));
    co_return Response::empty(204);
  }

 private:
  Response one(int status, const Name& name, const SetLimits& set) {
    std::string body;
    json::Writer json(body);
    write_limits(json, name, set, identity_.rate_limits());
    return Response::json(status, std::move(body));
  }

  Identity& identity_;
  Pool& admin_;
};

using Handler = Task<Result<Response>> (Handlers::*)(Exchange&);

}  // namespace

net::Routes limits_routes(Identity& identity, Pool& admin) {
  const auto handlers = std::make_shared<Handlers>(identity, admin);
  net::Routes routes;
  const auto add = [&](Method method, std::string path, Access access, std::string audit,
                       std::string summary, Handler handler) -> Route& {
    Route route;
    route.method = method;
    route.pattern = "/api/tandem/v1" + path;
    route.permission = {access, "limits"};
    route.audit_action = std::move(audit);
    route.tag = "limits";
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
  add(Method::Get, "/limits", Access::Read, "",
      "List limits of requests and tokens by minute, day and month", &H::list);
  add(Method::Get, "/limits/{scope}/{id}", Access::Read, "",
      "Show the limits of a project, team, user, key or endpoint, and what is left", &H::get);
  add(Method::Put, "/limits/{scope}/{id}", Access::Admin, "limits.put",
      "Create or replace the limits of a project, team, user, key or endpoint", &H::put);
  add(Method::Delete, "/limits/{scope}/{id}", Access::Admin, "limits.delete", "Delete them",
      &H::remove)
      .success_status = 204;
  return routes;
}

}  // namespace tandem::identity
