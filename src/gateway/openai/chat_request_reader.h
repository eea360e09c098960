// Reads a body of POST /v1/chat/completions into the model of ../messages/. What the model has no
// place for is kept as it was written. Source: OpenAI API reference, 2026-11. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::openai {

// InvalidArgument names the field.
Result<messages::Request> read_chat_request(std::string_view body);

}  // namespace tandem::gateway::openai
