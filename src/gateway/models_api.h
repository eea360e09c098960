// GET /v1/models and /v1/models/{id}, the same at /v1beta: the endpoints that a key may call, as
// OpenAI's, Anthropic's and Google's clients list them; and the Open Inference Protocol's metadata
// and health routes. Read-only; not model calls.
#pragma once

#include "base/async/snapshot.h"
#include "gateway/catalog/endpoint.h"
#include "net/route.h"

namespace tandem::gateway {

// `catalogs` outlives the routes.
net::Routes models_routes(const Snapshot<Catalog>& catalogs);
net::Routes oip_metadata_routes(const Snapshot<Catalog>& catalogs, std::string version);

}  // namespace tandem::gateway
