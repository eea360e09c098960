// Reads a body of POST /v1/responses into a Call: model, stream, limit and every text with its
// place, for the guard. Source: OpenAI API reference, Responses, 2026-11. Pure.
#pragma once

#include <string>

#include "base/result.h"
#include "gateway/call.h"

namespace tandem::gateway::responses {

// InvalidArgument names the field: one that is malformed, or that asks for what Tandem does not
// do (background, conversation, prompt).
Result<Call> read_request(std::string body);

}  // namespace tandem::gateway::responses
