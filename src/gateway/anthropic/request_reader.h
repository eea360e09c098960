// Reads the body of POST /v1/messages into the model of a chat. The system prompt becomes System
// messages in front, each tool_result a message of Role::Tool before the rest of its user message.
// `max_tokens` may be missing: what writes the request knows a default. Pure.
// Source: Messages API, version 2023-06-01, as of 2026-11.
#pragma once

#include <string_view>

#include "base/result.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::anthropic {

// InvalidArgument names the field.
Result<messages::Request> parse_request(std::string_view body);

}  // namespace tandem::gateway::anthropic
