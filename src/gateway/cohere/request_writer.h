// Writes a request of Cohere's Chat API (POST /v2/chat). Pure. Source: Cohere API reference, v2,
// 2026-11.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::cohere {

// InvalidArgument names what the API cannot say and the answer depends on.
Result<messages::Written> compose_request(const messages::Request& request,
                                          const messages::WriteOptions& options);

}  // namespace tandem::gateway::cohere
