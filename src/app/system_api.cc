#include "app/system_api.h"

#include "base/json/writer.h"

namespace tandem::app {
namespace {

using net::Exchange;
using net::Response;

net::Route route(std::string pattern, net::Access access, std::string summary,
                 std::function<Result<Response>()> answer) {
  net::Route made;
  made.pattern = std::move(pattern);
  made.permission = {access, access == net::Access::Public ? "" : "system"};
  made.tag = "system";
  made.summary = std::move(summary);
  made.handler = [answer = std::move(answer)](Exchange&) -> Task<Result<Response>> {
    co_return answer();
  };
  return made;
}

std::string landing_page() {
  return "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tandem</title>"
         "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;"
         "padding:0 1rem;color:#1c2230}code{background:#eef;padding:.1em .3em;border-radius:4px}"
         "</style><h1>Tandem is running</h1><p>Predictive and generative models behind one server."
         "</p><p>Point an OpenAI client at <code>/v1</code>, a Triton client at <code>/v2</code>. "
         "The API is described at <a href=\"/openapi.json\">/openapi.json</a>, metrics are at "
         "<a href=\"/metrics\">/metrics</a>.</p></html>";
}

}  // namespace

net::Routes system_routes(const SystemApi& api) {
  using net::Access;
  net::Routes routes;
  routes.push_back(route("/health", Access::Public, "Whether the process is alive",
                         [] { return Response::text(200, "OK"); }));
  routes.push_back(route("/ready", Access::Public, "Whether calls are served",
                         [ready = api.ready]() -> Result<Response> {
                           if (ready()) return Response::text(200, "ready");
                           return fail(Code::Unavailable, "The server is starting or stopping.");
                         }));
  routes.push_back(route("/version", Access::Public, "Version for MLflow clients", [] {
    return Response::text(200, std::string(kMlflowVersion) + "+tandem." + std::string(kVersion));
  }));
  routes.push_back(
      route("/metrics", Access::Public, "Prometheus metrics", [&metrics = api.metrics] {
        Response response = Response::text(200, metrics.render());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return response;
      }));
  routes.push_back(route("/openapi.json", Access::Call, "This API as OpenAPI 3.1",
                         [openapi = api.openapi] { return Response::json(200, openapi()); }));
  routes.push_back(route("/api/tandem/v1/version", Access::Call, "Version of the server", [] {
    std::string body;
    json::Writer json(body);
    json.object().key("name").string("tandem").key("version").string(kVersion).end_object();
    return Response::json(200, std::move(body));
  }));
  routes.push_back(route("/", Access::Public, "The landing page", [] {
    Response response = Response::text(200, landing_page());
    response.content_type = "text/html; charset=utf-8";
    response.add_header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
    return response;
  }));
  for (net::Route& made : routes) made.surface = Surface::Tandem;
  return routes;
}

}  // namespace tandem::app
