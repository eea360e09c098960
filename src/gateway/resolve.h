// Resolve: which endpoint a call means, and whether its key may call it so. Pure.
#pragma once

#include <memory>

#include "base/context.h"
#include "gateway/call.h"
#include "gateway/catalog/endpoint.h"
#include "identity/rate_limits.h"

namespace tandem::gateway {

// ModelNotFound names what the key may use; EndpointNotAllowed; InvalidArgument where the kinds
// differ; PayloadTooLarge beyond the endpoint's own limit.
Result<std::shared_ptr<const Endpoint>> resolve(const Catalog& catalog,
                                                const RequestContext& context, const Call& call);

// Whose limits of requests and tokens the call counts for. Views into both arguments.
identity::LimitSubjects limit_subjects(const RequestContext& context, const Call& call);

}  // namespace tandem::gateway
