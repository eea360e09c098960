// Writes a chat as a body of POST /v1/chat/completions: of its own dialect as it was read, of
// another one as most providers of this protocol understand it. Source: OpenAI API reference,
// 2026-11. Pure.
#pragma once

#include "base/result.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::openai {

// InvalidArgument names what cannot be said and the answer depends on.
Result<messages::Written> write_chat_request(const messages::Request& request,
                                             const messages::WriteOptions& options);

}  // namespace tandem::gateway::openai
