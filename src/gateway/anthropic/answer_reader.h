// Reads a whole answer of the Messages API. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "base/result.h"
#include "gateway/messages/answer.h"

namespace tandem::gateway::anthropic {

// UpstreamError: malformed, or an error in disguise.
Result<messages::Answer> parse_answer(std::string_view body);

// What {"type":"error","error":{"type","message"}} says.
Failure provider_failure(const boost::json::object& body);

}  // namespace tandem::gateway::anthropic
