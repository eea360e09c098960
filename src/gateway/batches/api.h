// OpenAI's batch API: POST and GET /v1/batches, GET /v1/batches/{id}, POST /v1/batches/{id}/cancel;
// the same without /v1.
#pragma once

#include "gateway/batches/runner.h"
#include "net/route.h"

namespace tandem::gateway::batches {

// `runner` outlives the routes.
net::Routes batch_routes(BatchRunner& runner);

}  // namespace tandem::gateway::batches
