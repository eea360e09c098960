// The body of POST /v1/batches. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/batches/types.h"

namespace tandem::gateway::batches {

// Input file, endpoint, window, metadata and how long the output is kept; the rest is empty.
// InvalidArgument names the field. `endpoints`: what a batch may call, for the error.
Result<Batch> read_create(std::string body, const std::vector<std::string>& endpoints);

// The batch as OpenAI's clients read it.
std::string batch_json(const Batch& batch);

}  // namespace tandem::gateway::batches
