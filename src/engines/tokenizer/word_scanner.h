// Splits text into the words that WordPiece looks up: normalized as BERT's uncased normalizer does
// (unicode_table.h), cut at white space, punctuation and CJK ideographs. Invalid UTF-8 is skipped,
// as if each bad byte were U+FFFD, which the normalizer removes. Pure; the text must outlive it.
//   WordScanner scanner(text);
//   while (scanner.next()) use(scanner.word());
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engines/tokenizer/unicode_table.h"

namespace tandem::engines::tokenizer {

class WordScanner {
 public:
  // Longer words are not spelled out: too_long() says so, word() is incomplete.
  static constexpr size_t kMaxChars = 100;

  WordScanner() : table_(UnicodeTable::get()) {}
  explicit WordScanner(std::string_view text) : WordScanner() { reset(text); }

  // Starts over with other text; keeps the buffers.
  void reset(std::string_view text);
  bool next();
  std::string_view word() const { return word_; }
  bool too_long() const { return chars_ > kMaxChars; }

 private:
  bool next_unicode();
  bool take_queued(bool& complete);
  void decode();
  void append(uint32_t code_point);
  void flush_marks();

  const UnicodeTable& table_;
  const unsigned char* at_ = nullptr;
  const unsigned char* end_ = nullptr;
  std::string word_;
  size_t chars_ = 0;
  // Code points that the last input character became; U+0020 is a boundary.
  uint32_t queue_[6] = {};
  size_t queued_ = 0;
  size_t taken_ = 0;
  std::vector<std::pair<uint8_t, uint32_t>> marks_;  // (rank, code point), not yet in order
};

}  // namespace tandem::engines::tokenizer
