#include "gateway/resolve.h"

#include "gateway/errors.h"

namespace tandem::gateway {

Result<std::shared_ptr<const Endpoint>> resolve(const Catalog& catalog,
                                                const RequestContext& context, const Call& call) {
  auto endpoint = catalog.find(context.project(), call.endpoint);
  if (!endpoint) {
    Error error = errors::model_not_found(call.endpoint, catalog, context.principal);
    if (!call.operation.empty()) error.hint += errors::how_to_declare(call.kind);
    return fail(std::move(error));
  }
  if (!context.principal.may_call(call.endpoint)) {
    return fail(errors::endpoint_not_allowed(call.endpoint, context.principal));
  }
  if (!fits(endpoint->config.kind, call.kind)) return fail(errors::wrong_kind(call, *endpoint));
  if (call.bytes_in > static_cast<uint64_t>(endpoint->config.limits.max_request_bytes)) {
    return fail(errors::request_too_large(call, *endpoint));
  }
  return endpoint;
}

identity::LimitSubjects limit_subjects(const RequestContext& context, const Call& call) {
  const Principal& principal = context.principal;
  return {context.project().view(), principal.team.view(), principal.user.view(),
          principal.key.view(), call.endpoint};
}

}  // namespace tandem::gateway
