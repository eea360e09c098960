// Stored responses over HTTP: GET and DELETE /v1/responses/{id}, its input items, and the refusal
// of cancelling what does not run in the background.
#pragma once

#include "gateway/responses/service.h"
#include "net/route.h"

namespace tandem::gateway::responses {

// `store` outlives the routes.
net::Routes stored_routes(const ResponseStore& store);

}  // namespace tandem::gateway::responses
