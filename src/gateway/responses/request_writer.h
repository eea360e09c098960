// Writes a chat as a body of POST /v1/responses: the same that was read where it was this
// dialect's, else items for what was said, with `store` off, because Tandem keeps what is to be
// kept. Pure.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::responses {

// InvalidArgument names what this API cannot say: `n`, `stop`, tools of other providers.
Result<messages::Written> compose_request(const messages::Request& request,
                                          const messages::WriteOptions& options);

}  // namespace tandem::gateway::responses
