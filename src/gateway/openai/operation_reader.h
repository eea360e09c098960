// Reads the JSON body of an operation (operation.h) into a call whose kind and body are set. Pure.
#pragma once

#include "base/result.h"
#include "gateway/call.h"

namespace tandem::gateway::openai {

Result<void> read_json(Call& call);

}  // namespace tandem::gateway::openai
