// Reads a request of generateContent into the model of a chat. The model and whether it is a stream
// are said by the path and not here. Pure. Source: Gemini API reference, GenerateContentRequest and
// GenerationConfig, 2026-11.
#pragma once

#include <string_view>

#include "base/result.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::gemini {

// InvalidArgument names the field.
Result<messages::Request> parse_request(std::string_view body);

}  // namespace tandem::gateway::gemini
