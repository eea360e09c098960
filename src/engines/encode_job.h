// Texts to token ids for Embedder and Reranker: little text on the calling io thread, much of it on
// an owner thread of the model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "engines/model_threads.h"
#include "engines/wordpiece.h"

namespace tandem::engines {

// So much text is tokenized in well under a millisecond.
inline constexpr size_t kInlineTextBytes = 32 * 1024;

// Each of `texts` alone, or behind `query` where there is one.
Task<Result<std::vector<Encoding>>> encode_texts(RequestContext& context, ModelThreads& threads,
                                                 std::shared_ptr<const Tokenizer> tokenizer,
                                                 std::optional<std::string> query,
                                                 std::vector<std::string> texts, size_t max_tokens);

}  // namespace tandem::engines
