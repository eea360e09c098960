// The request of a client of the Responses API for a provider that speaks it: as it came, but for
// the model, the guard's redactions, and what says where responses are stored: that is here. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/call.h"

namespace tandem::gateway::responses {

// The provider stores nothing, so reasoning comes sealed where the client asks for reasoning, and
// of earlier reasoning only what is sealed goes back.
Result<std::string> provider_request(const Call& call, std::string_view model);

}  // namespace tandem::gateway::responses
