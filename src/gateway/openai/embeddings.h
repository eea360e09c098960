// OpenAI's embeddings as other protocols' calls need them: a request out of texts, vectors out of
// an answer. Pure. Source: OpenAI API reference, embeddings, 2026-11.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cost/usage.h"
#include "gateway/call.h"

namespace tandem::gateway::openai {

struct Embeddings {
  std::vector<std::vector<float>> vectors;  // in the order of the inputs
  std::optional<cost::Usage> usage;
};
// UpstreamError: no embeddings, or an error in disguise.
Result<Embeddings> read_embeddings(std::string_view body);

// InvalidArgument where the call has no texts.
Result<std::string> compose_embeddings(const Call& call, std::string_view model);

}  // namespace tandem::gateway::openai
