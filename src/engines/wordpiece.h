// BERT's uncased WordPiece tokenizer, equal to Hugging Face's BertTokenizerFast (`tokenizers`):
// normalizer, pre-tokenizer, greedy longest match, special tokens written out in the text, and
// truncation. Constant after loading; any thread.
//   TRY(auto tokenizer, Tokenizer::load("models/bge-small-en-v1.5-int8/tokenizer.json"));
//   const Encoding encoding = tokenizer->encode("The printer is on fire.", 512);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem::engines {

struct Encoding {
  std::vector<int64_t> ids;       // with [CLS] and [SEP], truncated
  std::vector<int64_t> type_ids;  // 0 for the first text, 1 for the second; as long as ids
  size_t tokens = 0;              // what it would have been without truncation
  bool truncated() const { return ids.size() < tokens; }
};

class Tokenizer {
 public:
  // A `vocab.txt` (one token a line) or a `tokenizer.json` of an uncased BERT model.
  static Result<std::shared_ptr<const Tokenizer>> load(const std::string& path);
  // The content of such a file; `name` stands in errors.
  static Result<std::shared_ptr<const Tokenizer>> from_vocabulary(std::string_view lines,
                                                                  std::string_view name);
  static Result<std::shared_ptr<const Tokenizer>> from_json(std::string_view json,
                                                            std::string_view name);
  ~Tokenizer();

  // `max_tokens` counts [CLS] and [SEP] and is at least 2.
  Encoding encode(std::string_view text, size_t max_tokens) const;
  // Two texts for a cross-encoder; the longer one is truncated first.
  Encoding encode_pair(std::string_view first, std::string_view second, size_t max_tokens) const;
  // Tokens of `text` alone, without [CLS] and [SEP].
  size_t count(std::string_view text) const;

  size_t vocabulary_size() const;

 private:
  struct Rules;
  explicit Tokenizer(std::unique_ptr<Rules> rules);
  std::unique_ptr<Rules> rules_;
};

}  // namespace tandem::engines
