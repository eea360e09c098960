// Writes the model of a chat as a request of generateContent. What it cannot say: the calls of
// several functions cannot be forbidden (parallel_tool_calls), a user is not named, a message has
// no name; a seed beyond 32 bits. All of those are dropped and named. Pure.
#pragma once

#include "base/result.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::gemini {

// InvalidArgument names what cannot be said and the answer depends on.
Result<messages::Written> compose_request(const messages::Request& request,
                                          const messages::WriteOptions& options);

}  // namespace tandem::gateway::gemini
