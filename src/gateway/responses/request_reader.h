// Reads a body of POST /v1/responses into the model of ../messages/. `instructions` are a system
// message in front. What Tandem answers for itself (store, metadata, previous_response_id,
// background, …) is noted, so that no target is said to have left it out. Source: OpenAI API
// reference, Responses, 2026-11. Pure.
#pragma once

#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::responses {

// InvalidArgument names the field.
Result<messages::Request> parse_request(std::string_view body);

}  // namespace tandem::gateway::responses
