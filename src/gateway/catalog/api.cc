#include "gateway/catalog/api.h"

#include <algorithm>
#include <charconv>

#include "base/config/read.h"
#include "base/json/writer.h"
#include "gateway/catalog/list_page.h"
#include "gateway/catalog/uploads.h"

namespace tandem::gateway {
namespace {

using net::Access;
using net::Exchange;
using net::Method;
using net::Response;
using net::Route;

std::string_view declared_name(DeclaredBy by) {
  return by == DeclaredBy::File ? "file" : "api";
}

template <class Config, class WriteMore>
void write_object(json::Writer& json, std::string_view name, std::string_view project,
                  const Config& config, DeclaredBy by, WallUs created_us, WallUs updated_us,
                  int64_t version, WriteMore write_more) {
  json.object().key("id").string(name).key("name").string(name);
  json.key("project").string_or_null(project);
  json.key("created_at").string(to_rfc3339(created_us));
  json.key("updated_at").string(to_rfc3339(updated_us));
  json.key("version").integer(version).key("declared_by").string(declared_name(by));
  config::write_json_members(json, config);
  write_more(json);
  json.end_object();
}

// What the health checks of a provider found; null: it has none.
void write_health(json::Writer& json, const std::optional<ProviderHealth>& health) {
  json.key("health");
  if (!health) {
    json.null();
    return;
  }
  const auto time_or_null = [&](WallUs us) {
    if (us == 0) json.null();
    if (us != 0) json.string(to_rfc3339(us));
  };
  json.object().key("state").string(health->up ? "up" : "down").key("since");
  time_or_null(health->since_us);
  json.key("checked_at");
  time_or_null(health->checked_us);
  json.key("answers_against").integer(health->in_a_row);
  json.key("last_error").string_or_null(health->last_error).end_object();
}

void write_endpoint(json::Writer& json, const Endpoint& endpoint) {
  write_object(json, endpoint.name, endpoint.project.view(), endpoint.config, endpoint.declared_by,
               endpoint.created_us, endpoint.updated_us, endpoint.version, [](json::Writer&) {});
}

void write_provider(json::Writer& json, const std::string& name, const Provider& provider,
                    const HealthChecks& checks) {
  write_object(json, name, "", provider.config, provider.declared_by, provider.created_us,
               provider.updated_us, provider.version,
               [&](json::Writer& more) { write_health(more, checks.of(name)); });
}

Result<Expectation> expectation_of(const net::Request& request, Write write) {
  Expectation expectation{write, std::nullopt, request.query_param("dry_run") == "true"};
  std::string_view tag = request.header("if-match");
  if (tag.empty() || tag == "*") return expectation;
  if (tag.size() >= 2 && tag.front() == '"') tag = tag.substr(1, tag.size() - 2);
  int64_t version = 0;
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
  if (error != std::errc{} || end != tag.data() + tag.size()) {
    return fail(Code::InvalidArgument, "If-Match must hold a version number.",
                "Send the `version` that you read.", "if-match");
  }
  expectation.version = version;
  return expectation;
}

// ?limit=&cursor=&order=&filter=
Result<ListPage> page_of(const net::Request& request, std::span<const std::string_view> fields) {
  return read_list_page({request.query_param("limit"), request.query_param("cursor"),
                         request.query_param("order"), request.query_param("filter")},
                        fields);
}

template <class Enum>
std::string_view enum_text(Enum value) {
  for (const auto& row : enum_names(value)) {
    if (row.value == value) return row.name;
  }
  return {};
}

constexpr std::string_view kEndpointFields[] = {"name", "kind", "declared_by"};
constexpr std::string_view kProviderFields[] = {"name", "kind", "declared_by"};
constexpr std::string_view kEngineFields[] = {"name", "provider", "model", "phase"};

std::string endpoint_field(const std::shared_ptr<const Endpoint>& endpoint,
                           std::string_view field) {
  if (field == "name") return endpoint->name;
  return std::string(field == "kind" ? enum_text(endpoint->config.kind)
                                     : declared_name(endpoint->declared_by));
}

std::string provider_field(const std::pair<std::string, Provider>& entry, std::string_view field) {
  if (field == "name") return entry.first;
  return std::string(field == "kind" ? enum_text(entry.second.config.kind)
                                     : declared_name(entry.second.declared_by));
}

std::string engine_field(const EngineStatus& engine, std::string_view field) {
  if (field == "provider") return engine.provider;
  if (field == "model") return engine.model;
  if (field == "phase") return std::string(engines::phase_name(engine.server.phase));
  return engine.provider + "/" + engine.model;
}

void write_engine(json::Writer& json, const EngineStatus& engine) {
  json.object().key("name").string(engine_field(engine, "name"));
  json.key("provider").string(engine.provider).key("model").string(engine.model);
  json.key("kind").string("llama");
  json.key("phase").string(engines::phase_name(engine.server.phase));
  json.key("pid").integer(engine.server.pid).key("calls").integer(engine.server.leases);
  json.key("waiting").integer(engine.server.waiting);
  json.key("starts").unsigned_integer(engine.server.starts);
  json.key("deaths").unsigned_integer(engine.server.deaths);
  json.key("last_error").string_or_null(engine.server.last_error);
  json.key("cpu_us").integer(engine.server.cpu_us);
  json.key("resident_bytes").unsigned_integer(engine.server.resident_bytes).end_object();
}

template <class Object, class WriteOne>
Response applied_response(const Applied<Object>& applied, bool dry_run, WriteOne write_one) {
  std::string body;
  json::Writer json(body);
  if (dry_run) {
    json.object().key("dry_run").boolean(true).key("would_create").boolean(applied.created);
    json.key("changes");
    config::write_changes(json, applied.changes);
    json.end_object();
    return Response::json(200, std::move(body));
  }
  write_one(json);
  return Response::json(applied.created ? 201 : 200, std::move(body));
}

struct CreateEndpoint : EndpointConfig {
  std::string name;
  template <class V>
  static void describe(V& v) {
    v.field("name", &CreateEndpoint::name, "What clients name as model.").required();
    EndpointConfig::describe(v);
  }
};

class Handlers {
 public:
  explicit Handlers(const CatalogApi& api) : api_(api) {}

  Task<Result<Response>> list_endpoints(Exchange& exchange) const {
    CO_TRY(const ListPage page, page_of(exchange.request(), kEndpointFields));
    const auto endpoints = api_.catalogs.get()->list(exchange.context().project());
    const auto write = [](json::Writer& json, const auto& endpoint) {
      write_endpoint(json, *endpoint);
    };
    co_return Response::json(200, write_list(endpoints, page, endpoint_field, write));
  }

  Task<Result<Response>> get_endpoint(Exchange& exchange) const {
    const std::string name(exchange.request().path_param("name"));
    const auto endpoint = api_.catalogs.get()->find(exchange.context().project(), name);
    if (!endpoint) co_return fail(Code::NotFound, "There is no endpoint \"" + name + "\".");
    std::string body;
    json::Writer json(body);
    write_endpoint(json, *endpoint);
    co_return Response::json(200, std::move(body));
  }

  Task<Result<Response>> create_endpoint(Exchange& exchange) const {
    CO_TRY(CreateEndpoint wanted, config::read_body<CreateEndpoint>(exchange.request().body()));
    std::string name = wanted.name;
    co_return co_await apply_endpoint(exchange, std::move(name), std::move(wanted), Write::Create);
  }

  Task<Result<Response>> put_endpoint(Exchange& exchange) const {
    CO_TRY(EndpointConfig wanted, config::read_body<EndpointConfig>(exchange.request().body()));
    std::string name(exchange.request().path_param("name"));
    co_return co_await apply_endpoint(exchange, std::move(name), std::move(wanted),
                                      Write::CreateOrReplace);
  }

  Task<Result<Response>> delete_endpoint(Exchange& exchange) const {
    CO_TRY(const Expectation expectation, expectation_of(exchange.request(), Write::Replace));
    const std::string name(exchange.request().path_param("name"));
    const ProjectId project = exchange.context().project();
    auto job = [&] { return api_.service.delete_endpoint(project, name, expectation); };
    CO_TRY_VOID(co_await api_.admin.run(job));
    co_return Response::empty(204);
  }

  Task<Result<Response>> list_providers(Exchange& exchange) const {
    CO_TRY(const ListPage page, page_of(exchange.request(), kProviderFields));
    const auto catalog = api_.catalogs.get();
    const std::vector<std::pair<std::string, Provider>> providers(catalog->providers().begin(),
                                                                  catalog->providers().end());
    const auto write = [this](json::Writer& json, const auto& entry) {
      write_provider(json, entry.first, entry.second, api_.checks);
    };
    co_return Response::json(200, write_list(providers, page, provider_field, write));
  }

  Task<Result<Response>> get_provider(Exchange& exchange) const {
    const std::string name(exchange.request().path_param("name"));
    const auto catalog = api_.catalogs.get();
    const auto found = catalog->providers().find(name);
    if (found == catalog->providers().end()) {
      co_return fail(Code::NotFound, "There is no provider \"" + name + "\".");
    }
    std::string body;
    json::Writer json(body);
    write_provider(json, name, found->second, api_.checks);
    co_return Response::json(200, std::move(body));
  }

  Task<Result<Response>> put_provider(Exchange& exchange) const {
    CO_TRY(const Expectation expectation,
           expectation_of(exchange.request(), Write::CreateOrReplace));
    CO_TRY(ProviderConfig wanted, config::read_body<ProviderConfig>(exchange.request().body()));
    const std::string name(exchange.request().path_param("name"));
    auto job = [&] { return api_.service.put_provider(name, wanted, expectation); };
    CO_TRY(const auto applied, co_await api_.admin.run(job));
    co_return applied_response(applied, expectation.dry_run, [&](json::Writer& json) {
      write_provider(json, name, applied.object, api_.checks);
    });
  }

  Task<Result<Response>> delete_provider(Exchange& exchange) const {
    CO_TRY(const Expectation expectation, expectation_of(exchange.request(), Write::Replace));
    const std::string name(exchange.request().path_param("name"));
    auto job = [&] { return api_.service.delete_provider(name, expectation); };
    CO_TRY_VOID(co_await api_.admin.run(job));
    co_return Response::empty(204);
  }

  Task<Result<Response>> list_engines(Exchange& exchange) const {
    CO_TRY(const ListPage page, page_of(exchange.request(), kEngineFields));
    auto engines = api_.factory.engines();
    std::sort(engines.begin(), engines.end(), [](const EngineStatus& a, const EngineStatus& b) {
      return engine_field(a, "name") < engine_field(b, "name");
    });
    co_return Response::json(200, write_list(engines, page, engine_field, write_engine));
  }

 private:
  Task<Result<Response>> apply_endpoint(Exchange& exchange, std::string name, EndpointConfig wanted,
                                        Write write) const {
    CO_TRY(const Expectation expectation, expectation_of(exchange.request(), write));
    const ProjectId project = exchange.context().project();
    auto job = [&] { return api_.service.put_endpoint(project, name, wanted, expectation); };
    CO_TRY(const auto applied, co_await api_.admin.run(job));
    co_return applied_response(applied, expectation.dry_run,
                               [&](json::Writer& json) { write_endpoint(json, *applied.object); });
  }

  CatalogApi api_;
};

std::vector<net::ParameterDoc> list_parameters(std::span<const std::string_view> fields) {
  using In = net::ParameterDoc::In;
  std::string known;
  for (const std::string_view field : fields) {
    known += (known.empty() ? "" : ", ") + std::string(field);
  }
  return {{"limit", In::Query, "integer", "How many at most: 1 to 1000, else 50.", false},
          {"cursor", In::Query, "string", "next_cursor of the page before.", false},
          {"order", In::Query, "string", "name (the default) or -name.", false},
          {"filter", In::Query, "string",
           "Terms like kind = \"chat\", joined by and; fields: " + known + ".", false}};
}

using Handler = Task<Result<Response>> (Handlers::*)(Exchange&) const;

}  // namespace

net::Routes catalog_routes(const CatalogApi& api) {
  const auto handlers = std::make_shared<const Handlers>(api);
  net::Routes routes;
  const auto add = [&](Method method, std::string path, Access access, std::string noun,
                       std::string audit, std::string summary, Handler handler) -> Route& {
    Route route;
    route.method = method;
    route.pattern = "/api/tandem/v1" + path;
    route.permission = {access, noun};
    route.audit_action = std::move(audit);
    route.tag = noun;
    route.summary = std::move(summary);
    route.response_schema = R"({"type":"object"})";
    if (method == Method::Put || method == Method::Post)
      route.request_schema = R"({"type":"object"})";
    route.handler = [handlers, handler](Exchange& exchange) {
      return (handlers.get()->*handler)(exchange);
    };
    routes.push_back(std::move(route));
    return routes.back();
  };
  using H = Handlers;
  add(Method::Get, "/endpoints", Access::Read, "endpoints", "", "List endpoints",
      &H::list_endpoints)
      .parameters = list_parameters(kEndpointFields);
  add(Method::Post, "/endpoints", Access::Write, "endpoints", "endpoints.create",
      "Create an endpoint", &H::create_endpoint)
      .success_status = 201;
  add(Method::Get, "/endpoints/{name}", Access::Read, "endpoints", "", "Show an endpoint",
      &H::get_endpoint);
  add(Method::Put, "/endpoints/{name}", Access::Write, "endpoints", "endpoints.put",
      "Create or replace an endpoint; ?dry_run=true shows the difference", &H::put_endpoint);
  add(Method::Delete, "/endpoints/{name}", Access::Write, "endpoints", "endpoints.delete",
      "Delete an endpoint", &H::delete_endpoint)
      .success_status = 204;
  add(Method::Get, "/providers", Access::Read, "providers", "", "List providers",
      &H::list_providers)
      .parameters = list_parameters(kProviderFields);
  add(Method::Get, "/providers/{name}", Access::Read, "providers", "", "Show a provider",
      &H::get_provider);
  add(Method::Put, "/providers/{name}", Access::Admin, "providers", "providers.put",
      "Create or replace a provider; ?dry_run=true shows the difference", &H::put_provider);
  add(Method::Delete, "/providers/{name}", Access::Admin, "providers", "providers.delete",
      "Delete a provider", &H::delete_provider)
      .success_status = 204;
  add(Method::Get, "/engines", Access::Read, "engines", "", "List supervised engines",
      &H::list_engines)
      .parameters = list_parameters(kEngineFields);
  for (Route& route : upload_routes(api.db, api.blobs, api.admin)) {
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace tandem::gateway
