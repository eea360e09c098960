// A WordPiece vocabulary as its file says it: the tokens, the special ones and the continuation
// prefix. Read from vocab.txt or tokenizer.json; the strings live in the struct. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tandem::engines::tokenizer {

struct Vocabulary {
  std::vector<std::pair<std::string, int32_t>> tokens;  // sorted by text, no duplicates
  // Tokens that are found in the raw text before anything else: [CLS], [SEP], [MASK], …
  std::vector<std::pair<std::string, int32_t>> special;
  std::string prefix = "##";
  int32_t unknown = 0;
  int32_t begin = 0;  // [CLS]
  int32_t end = 0;    // [SEP]
};

Result<Vocabulary> read_vocabulary_lines(std::string_view lines, std::string_view name);

// Refuses what this tokenizer would get wrong: cased models, other normalizers or models.
Result<Vocabulary> read_tokenizer_json(std::string_view json, std::string_view name);

}  // namespace tandem::engines::tokenizer
