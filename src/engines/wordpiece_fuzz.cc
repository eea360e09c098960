// Any bytes as text: no crash, every id is of the vocabulary, truncation only cuts, and words come
// out as valid UTF-8 of bounded length.
#include <algorithm>
#include <cstdlib>

#include "base/text/utf8.h"
#include "engines/tokenizer/word_scanner.h"
#include "engines/wordpiece.h"

using namespace tandem::engines;

namespace {

// A vocabulary of its own, so that the fuzzer needs no file; small enough for every rule to matter.
const Tokenizer& small_tokenizer() {
  static const auto loaded = *Tokenizer::from_vocabulary(
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nab\nabc\n##a\n##b\n##ab\n##c\n!\n-\n\xE4\xB8\xAD\n"
      "\xC3\x9F\nthe\n##ing\n1\n##1\n\xE1\x84\x80\n##\xE1\x85\xA1\n\xF0\x9F\x98\x80\n##"
      "\xF0\x9F\x98\x80\n",
      "fuzz");
  return *loaded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tokenizer::WordScanner scanner(text);
  while (scanner.next()) {
    if (scanner.word().empty() && !scanner.too_long()) std::abort();
    if (scanner.word().size() > 400) std::abort();
    if (!tandem::text::is_valid_utf8(scanner.word())) std::abort();
  }
  const Encoding whole = small_tokenizer().encode(text, SIZE_MAX);
  const Encoding cut = small_tokenizer().encode(text, 8);
  if (whole.truncated() || whole.ids.size() != whole.tokens || cut.tokens != whole.tokens) {
    std::abort();
  }
  if (cut.ids.size() > 8 || cut.ids.size() != std::min<size_t>(8, whole.tokens)) std::abort();
  if (!std::equal(cut.ids.begin(), cut.ids.end() - 1, whole.ids.begin())) std::abort();
  const auto known = static_cast<int64_t>(small_tokenizer().vocabulary_size());
  for (const int64_t id : whole.ids) {
    if (id < 0 || id >= known) std::abort();
  }
  if (small_tokenizer().count(text) + 2 != whole.tokens) std::abort();
  const std::string_view half = text.substr(0, size / 2);
  const Encoding pair = small_tokenizer().encode_pair(half, text.substr(size / 2), 12);
  if (pair.ids.size() > 12 || pair.ids.size() != pair.type_ids.size()) std::abort();
  return 0;
}
