// Every sentence of the gateway that a user can read.
#pragma once

#include <string>
#include <string_view>

#include "base/context.h"
#include "base/error/error.h"
#include "gateway/call.h"
#include "gateway/catalog/endpoint.h"

namespace tandem::gateway {

// Whether an endpoint of that kind serves such calls.
bool fits(EndpointKind endpoint, CallKind call);
// Rows of a predictive call: the first dimension of its first input.
int64_t call_rows(const Call& call);

namespace errors {

Error model_not_found(std::string_view name, const Catalog& catalog, const Principal& principal);
Error endpoint_not_allowed(std::string_view name, const Principal& principal);
Error wrong_kind(const Call& call, const Endpoint& endpoint);
Error request_too_large(const Call& call, const Endpoint& endpoint);
Error target_cannot(const Call& call, const Target& target);
// Every target is kept away from; the first one is tried again in `wait_ms`.
Error no_target_now(const Endpoint& endpoint, int64_t wait_ms);
Error client_gone();

}  // namespace errors
}  // namespace tandem::gateway
