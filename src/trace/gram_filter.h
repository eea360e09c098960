// GramFilter: which text may stand in a block of spans: one bit for every run of four word bytes,
// letters folded. GramMarks gathers a block's text, text search asks the filter before it reads the
// block (text_search.h). Pure.
// Why not FTS5: at 1 kB of text it costs 65 to 90 µs of CPU per span when writing, this less than
// 2, and a substring anywhere in a word is found too. The price is paid when searching, by reading
// 8 kB per 256 spans and the bodies of the blocks that may match.
//   GramMarks marks;  marks.add("some text");
//   bool maybe = GramQuery("ome").may_be_in(marks.filter());
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::trace {

// ASCII letters in lower case, everything else as it is: how text and needles are compared.
std::string fold(std::string_view text);
// Whether `text` holds `folded_needle`, whatever the case of its ASCII letters.
bool contains_folded(std::string_view text, std::string_view folded_needle, std::string& scratch);

class GramFilter {
 public:
  static constexpr size_t kBits = 65'536;

  size_t bits_set() const { return bits_set_; }
  // A quarter of the bits: beyond it too many blocks would be read in vain.
  bool full() const { return bits_set_ > kBits / 4; }

  // All of it, or the places of the set bits, whichever is shorter.
  std::string encode() const;
  static std::optional<GramFilter> decode(std::span<const uint8_t> bytes);

  friend bool operator==(const GramFilter&, const GramFilter&) = default;

 private:
  friend class GramMarks;
  friend class GramQuery;
  void set(uint32_t bit) {
    uint64_t& word = words_[bit >> 6];
    const uint64_t mask = uint64_t{1} << (bit & 63);
    bits_set_ += (word & mask) == 0 ? 1 : 0;
    word |= mask;
  }
  bool has(uint32_t bit) const { return (words_[bit >> 6] >> (bit & 63) & 1) != 0; }

  std::array<uint64_t, kBits / 64> words_{};
  size_t bits_set_ = 0;
};

// A filter while text is added to it: 64 KiB, a byte for each bit, so that a byte of text costs a
// handful of instructions, most of them on many bytes at once.
class GramMarks {
 public:
  GramMarks() : marks_(GramFilter::kBits) {}
  void add(std::string_view text);
  GramFilter filter() const;

 private:
  std::vector<uint8_t> marks_;
};

// What a text must have in a filter to be able to hold the needle.
class GramQuery {
 public:
  explicit GramQuery(std::string_view needle);
  // No run of four word bytes: every block has to be read.
  bool empty() const { return bits_.empty(); }
  bool may_be_in(const GramFilter& filter) const;

 private:
  std::vector<uint32_t> bits_;
};

}  // namespace tandem::trace
