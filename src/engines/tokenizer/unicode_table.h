// What BERT's uncased normalizer makes of one code point: clean-up, spaces around CJK ideographs,
// canonical decomposition without its nonspacing marks, lower case; and which results stand alone
// as punctuation. Equal to the `tokenizers` package for every code point, whose tables mix several
// Unicode versions (which is why no Unicode library is asked; see make_unicode_table.py).
// Built once, at the first use (about 5 ms), then constant; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace tandem::engines::tokenizer {

enum class CharClass : uint8_t {
  Plain,        // stays
  Drop,         // removed before decomposition, as if it had never been there
  Mark,         // removed after it: a nonspacing mark that others sort around
  StarterMark,  // removed after it: one that others do not sort past
  Space,
  Punctuation,  // stays, a word of its own
  Chinese,      // stays, a word of its own
  KeptMark,     // stays, but sorts among its neighbours
  Mapped,       // becomes other code points
  ChineseMapped,
};

class UnicodeTable {
 public:
  static const UnicodeTable& get();

  CharClass class_of(uint32_t code_point) const {
    const uint16_t entry = entry_of(code_point);
    return entry < kFirstMapping ? static_cast<CharClass>(entry)
                                 : mappings_[entry - kFirstMapping].kind;
  }
  // For Mapped and ChineseMapped: writes up to 4 code points, returns how many.
  size_t map(uint32_t code_point, uint32_t out[4]) const;
  // For KeptMark: its place in the canonical order.
  static uint8_t rank_of(uint32_t code_point);

 private:
  UnicodeTable();

  static constexpr uint16_t kFirstMapping = 16;
  static constexpr int kBlockBits = 7;

  struct Mapping {
    CharClass kind;
    uint8_t longer;  // 1 + index in data::kLonger; 0: `to` is all of it
    uint32_t to;
  };

  uint16_t entry_of(uint32_t code_point) const {
    if (code_point > 0x10FFFF) return static_cast<uint16_t>(CharClass::Drop);
    const size_t block = blocks_[code_point >> kBlockBits];
    return entries_[(block << kBlockBits) + (code_point & ((1u << kBlockBits) - 1))];
  }

  std::vector<uint16_t> blocks_;
  std::vector<uint16_t> entries_;
  std::vector<Mapping> mappings_;
};

}  // namespace tandem::engines::tokenizer
