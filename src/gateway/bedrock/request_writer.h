// Writes a request of the Converse API (the body of Converse and ConverseStream). Pure.
// Source: Amazon Bedrock Runtime API reference, 2023-09-30, as of 2026-11.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::bedrock {

// InvalidArgument names what Converse cannot say and the answer depends on. A cache_control that
// Anthropic's clients sent becomes a cachePoint.
Result<messages::Written> compose_request(const messages::Request& request,
                                          const messages::WriteOptions& options);

// Whether the model is one of Anthropic's, whose own fields go into additionalModelRequestFields.
bool is_claude(std::string_view model);

}  // namespace tandem::gateway::bedrock
