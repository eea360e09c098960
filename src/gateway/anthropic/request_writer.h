// Writes a chat as the body of POST /v1/messages. Pure. What the API cannot say
// - and the answer depends on is an error: more than one choice, audio, content and tools that only
//   another provider has;
// - else is dropped and named: penalties, seed, JSON without a schema (its prompt asks for JSON),
//   service tiers of others, temperature beside thinking, thinking that nobody signed.
// A temperature above 1 becomes 1 and is named. Consecutive turns of one role stay apart (the API
// joins them), but results of tools and the user message that follows them become one message, as
// the API wants them. System messages go to the front, where every model takes them.
#pragma once

#include "base/result.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::anthropic {

Result<messages::Written> compose_request(const messages::Request& request,
                                          const messages::WriteOptions& options);

}  // namespace tandem::gateway::anthropic
