#include "gateway/models_api.h"

#include "base/json/writer.h"
#include "engines/oip/metadata.h"
#include "gateway/errors.h"
#include "net/route.h"

namespace tandem::gateway {
namespace {

using net::Access;
using net::Exchange;
using net::Method;
using net::Response;
using net::Route;

// With the fields of OpenAI's clients and of Anthropic's, which know the same path.
void write_model(json::Writer& json, const Endpoint& endpoint) {
  json.object().key("id").string(endpoint.name);
  json.key("object").string("model").key("type").string("model");
  json.key("display_name").string(endpoint.name);
  json.key("created").integer(endpoint.created_us / 1'000'000);
  json.key("created_at").string(to_rfc3339(endpoint.created_us));
  json.key("owned_by").string(endpoint.project.empty() ? "tandem" : endpoint.project.view());
  json.end_object();
}

// As Gemini's clients know it.
void write_google_model(json::Writer& json, const Endpoint& endpoint) {
  json.object().key("name").string("models/" + endpoint.name);
  json.key("displayName").string(endpoint.name).key("version").string("1");
  json.key("supportedGenerationMethods").array();
  if (endpoint.config.kind == EndpointKind::Chat)
    json.string("generateContent").string("streamGenerateContent").string("countTokens");
  if (endpoint.config.kind == EndpointKind::Embedding)
    json.string("embedContent").string("batchEmbedContents");
  json.end_array().end_object();
}

// Google's clients ask for models under /v1 as well, where OpenAI's do.
bool is_from_google(const Exchange& exchange) {
  return exchange.route().surface == tandem::Surface::Google ||
         !exchange.request().header("x-goog-api-key").empty();
}

Response list_for_google(const Catalog& catalog, const Exchange& exchange) {
  const Principal& principal = exchange.context().principal;
  std::string body;
  json::Writer json(body);
  json.object().key("models").array();
  for (const auto& endpoint : catalog.list(principal.project)) {
    if (principal.may_call(endpoint->name)) write_google_model(json, *endpoint);
  }
  json.end_array().end_object();
  return Response::json(200, std::move(body));
}

Result<std::shared_ptr<const Endpoint>> find_callable(const Snapshot<Catalog>& catalogs,
                                                      const Exchange& exchange,
                                                      std::string_view name) {
  const auto catalog = catalogs.get();
  const Principal& principal = exchange.context().principal;
  auto endpoint = catalog->find(principal.project, name);
  if (!endpoint) return fail(errors::model_not_found(name, *catalog, principal));
  if (!principal.may_call(name)) return fail(errors::endpoint_not_allowed(name, principal));
  return endpoint;
}

Route open_route(std::string pattern, tandem::Surface shape, Access access, std::string tag,
                 std::string summary, net::ApiHandler handler) {
  Route route;
  route.method = Method::Get;
  route.pattern = std::move(pattern);
  route.permission = {access, access == Access::Public ? "" : "endpoints"};
  route.surface = shape;
  route.tag = std::move(tag);
  route.summary = std::move(summary);
  route.response_schema = R"({"type":"object"})";
  route.handler = std::move(handler);
  return route;
}

}  // namespace

net::Routes models_routes(const Snapshot<Catalog>& catalogs) {
  const auto list = [&catalogs](Exchange& exchange) -> Task<Result<Response>> {
    if (is_from_google(exchange)) co_return list_for_google(*catalogs.get(), exchange);
    const Principal& principal = exchange.context().principal;
    std::string body;
    json::Writer json(body);
    json.object().key("object").string("list").key("data").array();
    for (const auto& endpoint : catalogs.get()->list(principal.project)) {
      if (principal.may_call(endpoint->name)) write_model(json, *endpoint);
    }
    json.end_array().key("has_more").boolean(false).end_object();
    co_return Response::json(200, std::move(body));
  };
  const auto get = [&catalogs](Exchange& exchange) -> Task<Result<Response>> {
    CO_TRY(const auto endpoint,
           find_callable(catalogs, exchange, exchange.request().path_param("model")));
    std::string body;
    json::Writer json(body);
    is_from_google(exchange) ? write_google_model(json, *endpoint) : write_model(json, *endpoint);
    co_return Response::json(200, std::move(body));
  };
  net::Routes routes;
  for (const std::string prefix : {"/v1", ""}) {
    routes.push_back(open_route(prefix + "/models", tandem::Surface::OpenAi, Access::Call, "OpenAI",
                                "List the endpoints that the key may call", list));
    routes.push_back(open_route(prefix + "/models/{model}", tandem::Surface::OpenAi, Access::Call,
                                "OpenAI", "Show one endpoint", get));
    for (size_t i = routes.size() - 2; i < routes.size(); ++i) routes[i].hidden = prefix.empty();
  }
  constexpr auto kGoogle = tandem::Surface::Google;
  routes.push_back(open_route("/v1beta/models", kGoogle, Access::Call, "Gemini",
                              "List the endpoints that the key may call", list));
  routes.push_back(open_route("/v1beta/models/{model}", kGoogle, Access::Call, "Gemini",
                              "Show one endpoint", get));
  return routes;
}

net::Routes oip_metadata_routes(const Snapshot<Catalog>& catalogs, std::string version) {
  constexpr auto kShape = tandem::Surface::OpenInference;
  const std::string tag = "Open Inference Protocol";
  const auto health = [](Exchange&) -> Task<Result<Response>> {
    co_return Response::json(200, "");
  };
  const auto server = [version](Exchange&) -> Task<Result<Response>> {
    co_return Response::json(200, engines::oip::render_server_metadata(version));
  };
  const auto metadata = [&catalogs](Exchange& exchange) -> Task<Result<Response>> {
    CO_TRY(const auto endpoint,
           find_callable(catalogs, exchange, exchange.request().path_param("model")));
    const engines::ModelMetadata* model = endpoint->target(0)->model_metadata();
    if (!model) {
      co_return fail(Code::InvalidArgument,
                     "The endpoint \"" + endpoint->name + "\" is no predictive model.",
                     "Call it over /v1.");
    }
    engines::ModelMetadata named = *model;
    named.name = endpoint->name;
    const std::string versions[] = {"1"};
    const bool config = exchange.request().path().ends_with("/config");
    co_return Response::json(200, config ? engines::oip::render_model_config(named)
                                         : engines::oip::render_model_metadata(named, versions));
  };
  const auto ready = [&catalogs](Exchange& exchange) -> Task<Result<Response>> {
    CO_TRY(const auto endpoint,
           find_callable(catalogs, exchange, exchange.request().path_param("model")));
    co_return Response::json(200, "");
  };
  net::Routes routes;
  routes.push_back(open_route("/v2", kShape, Access::Call, tag, "Describe the server", server));
  routes.push_back(
      open_route("/v2/health/live", kShape, Access::Public, tag, "Whether it is alive", health));
  routes.push_back(
      open_route("/v2/health/ready", kShape, Access::Public, tag, "Whether it serves", health));
  for (const std::string pattern :
       {"/v2/models/{model}", "/v2/models/{model}/versions/{version}"}) {
    routes.push_back(
        open_route(pattern, kShape, Access::Call, tag, "Describe inputs and outputs", metadata));
    routes.push_back(open_route(pattern + "/config", kShape, Access::Call, tag,
                                "Show the model's configuration as Triton does", metadata));
    routes.push_back(open_route(pattern + "/ready", kShape, Access::Call, tag,
                                "Whether the model can be called", ready));
  }
  return routes;
}

}  // namespace tandem::gateway
