#include "app/gate.h"

#include "identity/permissions.h"

namespace tandem::app {
namespace {

identity::Access access_of(net::Access access) {
  switch (access) {
    case net::Access::Public:
    case net::Access::Call:
      return identity::Access::Call;
    case net::Access::Read:
      return identity::Access::Read;
    case net::Access::Write:
      return identity::Access::Write;
    case net::Access::Admin:
      return identity::Access::Admin;
  }
  return identity::Access::Admin;
}

}  // namespace

Result<void> Gate::admit(const net::Route& route, const net::Request& request,
                         RequestContext& context) {
  if (route.permission.access == net::Access::Public) return {};
  identity::Credentials credentials;
  credentials.authorization = request.header("authorization");
  credentials.x_api_key = request.header("x-api-key");
  credentials.api_key = request.header("api-key");
  credentials.x_goog_api_key = request.header("x-goog-api-key");
  // Google's clients may put it into the query, and nobody else: it is written down in too many
  // places. Nothing here logs or traces a query.
  std::optional<std::string> from_query;
  if (route.surface == Surface::Google && credentials.x_goog_api_key.empty()) {
    from_query = request.query_param("key");
    if (from_query) credentials.x_goog_api_key = *from_query;
  }
  TRY(context.principal, identity_.authenticator().authenticate(credentials, context.started_us));
  TRY_VOID(identity_.enter_project(context.principal, request.header("x-tandem-project")));
  return identity::authorise(context.principal,
                             {route.permission.noun, access_of(route.permission.access)});
}

}  // namespace tandem::app
