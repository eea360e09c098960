// Gemini's embeddings as other protocols' calls need them: a request out of texts, vectors out of
// an answer. Pure. Source: Gemini API reference, embedContent and batchEmbedContents, 2026-11.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cost/usage.h"
#include "gateway/call.h"

namespace tandem::gateway::gemini {

struct Embeddings {
  std::vector<std::vector<float>> vectors;
  std::optional<cost::Usage> usage;  // few models report it
};
// Of either method. UpstreamError: no embeddings, or an error in disguise.
Result<Embeddings> read_embeddings(std::string_view body);

// A batchEmbedContents request for the inputs of `call`; InvalidArgument where it has none (token
// ids).
Result<std::string> compose_embeddings(const Call& call, std::string_view model);

}  // namespace tandem::gateway::gemini
