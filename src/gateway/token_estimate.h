// How many tokens a text will be for a model whose tokenizer is not here. Pure.
// Byte-pair tokenizers cut text into words, runs of digits, punctuation and spaces before they
// merge (the pre-tokenizer patterns of GPT-2 and cl100k); counting those pieces, long words in
// parts of five letters, comes near the real count from above for usual text and stays below twice
// of it.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem::gateway {

int64_t estimate_tokens(std::string_view text);

// What chat templates put around each message.
inline constexpr int64_t kTokensPerMessage = 4;

}  // namespace tandem::gateway
