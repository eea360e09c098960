#include "identity/api.h"

#include "base/config/read.h"
#include "base/config/reference.h"
#include "base/config/write.h"
#include "identity/views.h"

namespace tandem::identity {
namespace {

using net::Exchange;
using net::Method;
using net::Response;
using net::Route;

constexpr size_t kMaxBodyBytes = 256 * 1024;

Result<WriteOptions> options_of(const Exchange& exchange) {
  const net::Request& request = exchange.request();
  return read_write_options(request.header("idempotency-key"), request.header("if-match"));
}

Result<ListRequest> list_request_of(const Exchange& exchange,
                                    std::span<const std::string_view> fields) {
  const net::Request& request = exchange.request();
  return read_list_request({request.query_param("limit"), request.query_param("cursor"),
                            request.query_param("order"), request.query_param("filter")},
                           fields);
}

// ?project=
Result<std::optional<ProjectId>> project_of(const Exchange& exchange) {
  const auto text = exchange.request().query_param("project");
  if (!text || text->empty()) return std::nullopt;
  auto parsed = ProjectId::parse(*text);
  if (parsed) return std::optional(*parsed);
  Error error = std::move(parsed).error();
  error.param = "project";
  return fail(std::move(error));
}

template <class TagId>
Result<TagId> id_of(const Exchange& exchange) {
  return TagId::parse(exchange.request().path_param("id"));
}

template <class View>
Response one(int status, const View& view) {
  Response response = Response::json(status, config::to_json(view));
  response.add_header("etag", "\"" + std::to_string(view.version) + "\"");
  return response;
}

template <class View, class Item>
Response page(const Page<Item>& items) {
  PageView<View> view;
  for (const Item& item : items.items) view.data.push_back(View(item));
  view.next_cursor = items.next_cursor;
  return Response::json(200, config::to_json(view));
}

// The five handlers of a resource; `S` is its service, with the same five methods in each.
template <class S, class IdType, class Create, class View>
class ResourceHandlers {
 public:
  ResourceHandlers(S& service, std::span<const std::string_view> fields)
      : service_(service), fields_(fields) {}

  Task<Result<Response>> create(Exchange& exchange) const {
    CO_TRY(const WriteOptions options, options_of(exchange));
    CO_TRY(const Create request, config::read_body<Create>(exchange.request().body()));
    auto made = co_await service_.create(exchange.context().principal, request, options);
    if (!made) co_return fail(std::move(made).error());
    co_return created(*made);
  }

  Task<Result<Response>> get(Exchange& exchange) const {
    CO_TRY(const IdType id, id_of<IdType>(exchange));
    CO_TRY(const auto found, co_await service_.get(exchange.context().principal, id));
    if constexpr (std::is_same_v<S, Keys>) {
      co_return one(200, View(found, service_.spend(id, wall_now_us())));
    } else {
      co_return one(200, View(found));
    }
  }

  Task<Result<Response>> list(Exchange& exchange) const {
    CO_TRY(const ListRequest request, list_request_of(exchange, fields_));
    const Principal& by = exchange.context().principal;
    if constexpr (std::is_same_v<S, Projects>) {
      CO_TRY(const auto items, co_await service_.list(by, request));
      co_return page<View>(items);
    } else {
      CO_TRY(const auto project, project_of(exchange));
      CO_TRY(const auto items, co_await service_.list(by, project, request));
      co_return page<View>(items);
    }
  }

  Task<Result<Response>> patch(Exchange& exchange) const {
    CO_TRY(const WriteOptions options, options_of(exchange));
    CO_TRY(const IdType id, id_of<IdType>(exchange));
    CO_TRY(const auto changed, co_await service_.patch(exchange.context().principal, id,
                                                       exchange.request().body(), options));
    co_return one(200, View(changed));
  }

  Task<Result<Response>> remove(Exchange& exchange) const {
    CO_TRY(const WriteOptions options, options_of(exchange));
    CO_TRY(const IdType id, id_of<IdType>(exchange));
    const Principal& by = exchange.context().principal;
    if constexpr (std::is_same_v<S, Keys>) {
      CO_TRY_VOID(co_await service_.revoke(by, id, options));
    } else {
      CO_TRY_VOID(co_await service_.remove(by, id, options));
    }
    co_return Response::empty(204);
  }

 private:
  template <class Made>
  static Response created(const Made& made) {
    if constexpr (std::is_same_v<Made, CreatedKey>) {
      View view(made.key);
      view.key = made.text;
      Response response = one(201, view);
      response.add_header("cache-control", "no-store");  // it holds the key
      return response;
    } else {
      return one(201, View(made));
    }
  }

  S& service_;
  std::span<const std::string_view> fields_;
};

net::ParameterDoc parameter(std::string name, net::ParameterDoc::In in, std::string type,
                            std::string description) {
  return {std::move(name), in, std::move(type), std::move(description),
          in == net::ParameterDoc::In::Path};
}

std::vector<net::ParameterDoc> list_parameters(bool with_project) {
  using In = net::ParameterDoc::In;
  std::vector<net::ParameterDoc> out{
      parameter("limit", In::Query, "integer", "How many at most: 1 to 1000, else 50."),
      parameter("cursor", In::Query, "string", "next_cursor of the page before."),
      parameter("order", In::Query, "string",
                "-created_at (newest first, the default) or created_at."),
      parameter("filter", In::Query, "string", "Terms like name = \"ci\", joined by and.")};
  if (with_project) {
    out.push_back(parameter("project", In::Query, "string", "Only those of this project."));
  }
  return out;
}

// What the routes of one resource have in common.
struct Resource {
  std::string noun;      // "keys"
  std::string singular;  // "key"
  bool has_project = true;
};

template <class S, class IdType, class Create, class Settings, class View>
void add_resource(net::Routes& routes, const Resource& resource, S& service,
                  std::span<const std::string_view> fields) {
  using Handlers = ResourceHandlers<S, IdType, Create, View>;
  using In = net::ParameterDoc::In;
  const auto handlers = std::make_shared<const Handlers>(service, fields);
  const auto add = [&](Method method, std::string_view path, net::Access access,
                       std::string_view verb, std::string summary, auto handler) -> Route& {
    Route& route = routes.emplace_back();
    route.method = method;
    route.pattern = "/api/tandem/v1/" + resource.noun + std::string(path);
    route.permission = {access, resource.noun};
    route.max_body_bytes = kMaxBodyBytes;
    if (!verb.empty()) route.audit_action = resource.noun + "." + std::string(verb);
    route.tag = resource.noun;
    route.summary = std::move(summary);
    route.response_schema = config::json_schema<View>();
    if (!path.empty()) {
      route.parameters.push_back(parameter("id", In::Path, "string", "The " + resource.singular));
    }
    route.handler = [handlers, handler](Exchange& exchange) {
      return (handlers.get()->*handler)(exchange);
    };
    return route;
  };
  const auto if_match =
      parameter("if-match", In::Header, "string", "The version that the caller knows.");

  Route& list =
      add(Method::Get, "", net::Access::Read, "", "List " + resource.noun, &Handlers::list);
  list.parameters = list_parameters(resource.has_project);
  list.response_schema = config::json_schema<PageView<View>>();
  Route& create = add(Method::Post, "", net::Access::Write, "create", "Make a " + resource.singular,
                      &Handlers::create);
  create.success_status = 201;
  create.request_schema = config::json_schema<Create>();
  create.parameters.push_back(parameter("idempotency-key", In::Header, "string",
                                        "Repeating the request with it makes nothing new."));
  // A key may read itself, so the service decides, not the route.
  const bool self = std::is_same_v<S, Keys> || std::is_same_v<S, Users>;
  add(Method::Get, "/{id}", self ? net::Access::Call : net::Access::Read, "",
      "Show a " + resource.singular, &Handlers::get);
  Route& patch = add(Method::Patch, "/{id}", net::Access::Write, "update",
                     "Change a " + resource.singular, &Handlers::patch);
  patch.request_schema = config::json_schema<Settings>();
  patch.parameters.push_back(if_match);
  Route& remove = add(Method::Delete, "/{id}", net::Access::Write, "delete",
                      "Delete a " + resource.singular, &Handlers::remove);
  remove.success_status = 204;
  remove.response_schema.clear();
  remove.parameters.push_back(if_match);
}

}  // namespace

net::Routes api_routes(Identity& identity) {
  net::Routes routes;
  add_resource<Keys, KeyId, CreateKey, KeySettings, KeyView>(routes, {"keys", "key", true},
                                                             identity.keys(), kKeyFilterFields);
  add_resource<Projects, ProjectId, ProjectSettings, ProjectSettings, ProjectView>(
      routes, {"projects", "project", false}, identity.projects(), {});
  add_resource<Teams, TeamId, CreateTeam, TeamSettings, TeamView>(
      routes, {"teams", "team", true}, identity.teams(), kPeopleFilterFields);
  add_resource<Users, UserId, CreateUser, UserSettings, UserView>(
      routes, {"users", "user", true}, identity.users(), kPeopleFilterFields);
  return routes;
}

}  // namespace tandem::identity
