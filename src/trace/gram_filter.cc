#include "trace/gram_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/text/encode.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

constexpr size_t kGramBytes = 4;
constexpr char kSparse = 's';
constexpr char kDense = 'd';

// Two odd numbers that spread the grams of words and of digits over all bits.
constexpr uint16_t kFirstPair = 0x2C1B;
constexpr uint16_t kSecondPair = 0x3C6D;

// Sixteen bytes at once; clang makes the instructions of the machine of it.
using Bytes = uint8_t __attribute__((vector_size(16)));
using Words = uint16_t __attribute__((vector_size(16)));
constexpr size_t kLanes = sizeof(Bytes);
constexpr size_t kOverlap = kGramBytes - 1;
constexpr size_t kChunk = 1024;  // a multiple of kLanes

// What ends in a word's middle or beyond counts as bit 0, which is therefore set in every filter.
constexpr uint16_t kNoGram = 0;

Bytes load(const void* from) {
  Bytes bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// Letters in lower case, digits, `_`, brackets and everything beyond ASCII; 0 for what separates
// words. Setting one bit folds letters and leaves digits alone; that it also joins a few other
// bytes hides nothing.
Bytes word_bytes(Bytes text) {
  const Bytes folded = text | 0x20;
  const auto kept = (folded >= 'a') | (Bytes(folded - '0') < 10);
  return folded & Bytes(kept);
}

Words low_pairs(Bytes a, Bytes b) {
  return Words(
      __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
}
Words high_pairs(Bytes a, Bytes b) {
  return Words(
      __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
}

// The bits of the kLanes grams that begin in `folded`.
void bits_of(const uint8_t* folded, uint16_t* bits) {
  const Bytes a = load(folded), b = load(folded + 1), c = load(folded + 2), d = load(folded + 3);
  const Bytes least =
      __builtin_elementwise_min(__builtin_elementwise_min(a, b), __builtin_elementwise_min(c, d));
  const Bytes cut(least == 0);
  const Words low =
      (low_pairs(a, b) * kFirstPair + low_pairs(c, d) * kSecondPair) & ~low_pairs(cut, cut);
  const Words high =
      (high_pairs(a, b) * kFirstPair + high_pairs(c, d) * kSecondPair) & ~high_pairs(cut, cut);
  std::memcpy(bits, &low, sizeof low);
  std::memcpy(bits + kLanes / 2, &high, sizeof high);
}

// Folds `text` into `folded`; kOverlap bytes and more behind its end belong to no word.
void fold_chunk(std::string_view text, uint8_t* folded) {
  const size_t whole = text.size() / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    const Bytes bytes = word_bytes(load(&text[i]));
    std::memcpy(folded + i, &bytes, sizeof bytes);
  }
  Bytes rest{};
  if (whole < text.size()) std::memcpy(&rest, &text[whole], text.size() - whole);
  rest = word_bytes(rest);
  std::memcpy(folded + whole, &rest, sizeof rest);
  std::memset(folded + whole + kLanes, 0, kLanes);
}

// Calls visit(bit) for every gram, and with kNoGram where there is none.
template <class F>
void each_bit(std::string_view text, F visit) {
  std::array<uint8_t, kChunk + 3 * kLanes> folded;
  std::array<uint16_t, kLanes> bits;
  while (text.size() >= kGramBytes) {
    const size_t count = std::min(kChunk, text.size() - kOverlap);
    fold_chunk(text.substr(0, count + kOverlap), folded.data());
    for (size_t i = 0; i < count; i += kLanes) {
      bits_of(&folded[i], bits.data());
      for (const uint16_t bit : bits) visit(bit);
    }
    text.remove_prefix(count);
  }
}

}  // namespace

std::string fold(std::string_view text) {
  return text::to_ascii_lower(text);
}

bool contains_folded(std::string_view text, std::string_view folded_needle, std::string& scratch) {
  if (text.size() < folded_needle.size()) return false;
  scratch.resize(text.size());
  std::transform(text.begin(), text.end(), scratch.begin(), text::ascii_lower);
  return memmem(scratch.data(), scratch.size(), folded_needle.data(), folded_needle.size()) !=
         nullptr;
}

void GramMarks::add(std::string_view text) {
  uint8_t* marks = marks_.data();
  each_bit(text, [marks](uint16_t bit) { marks[bit] = 1; });
}

GramFilter GramMarks::filter() const {
  GramFilter filter;
  for (size_t i = 0; i < filter.words_.size(); ++i) {
    uint64_t word = 0;
    for (size_t k = 0; k < 8; ++k) {
      uint64_t eight = 0;  // marks, each 0 or 1: multiplied, their bits meet in the highest byte
      std::memcpy(&eight, &marks_[i * 64 + k * 8], sizeof eight);
      if constexpr (std::endian::native == std::endian::big) eight = __builtin_bswap64(eight);
      word |= (eight * 0x0102040810204080) >> 56 << (k * 8);
    }
    filter.words_[i] = word;
  }
  filter.words_[0] |= uint64_t{1} << kNoGram;
  for (const uint64_t word : filter.words_) {
    filter.bits_set_ += static_cast<size_t>(std::popcount(word));
  }
  return filter;
}

std::string GramFilter::encode() const {
  std::string out;
  constexpr size_t kDenseBytes = kBits / 8;
  if (bits_set_ < kDenseBytes / 2) {
    out += kSparse;
    uint32_t last = 0;
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        const auto bit =
            static_cast<uint32_t>(i * 64 + static_cast<size_t>(std::countr_zero(word)));
        wire::put_varint(out, bit - last);
        last = bit;
      }
    }
    return out;
  }
  out.reserve(kDenseBytes + 1);
  out += kDense;
  for (const uint64_t word : words_) {
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(word >> shift);
  }
  return out;
}

std::optional<GramFilter> GramFilter::decode(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return std::nullopt;
  GramFilter filter;
  const auto rest = bytes.subspan(1);
  if (bytes[0] == kDense) {
    if (rest.size() != kBits / 8) return std::nullopt;
    for (size_t i = 0; i < rest.size(); ++i) {
      filter.words_[i / 8] |= uint64_t{rest[i]} << (i % 8 * 8);
    }
    for (const uint64_t word : filter.words_) {
      filter.bits_set_ += static_cast<size_t>(std::popcount(word));
    }
    return filter;
  }
  if (bytes[0] != kSparse) return std::nullopt;
  uint64_t bit = 0;
  uint64_t delta = 0;
  unsigned shift = 0;
  for (const uint8_t byte : rest) {
    delta |= uint64_t{byte & 0x7fu} << shift;
    shift += 7;
    if (byte >= 0x80 && shift <= 21) continue;
    bit += delta;
    if (bit >= kBits) return std::nullopt;
    filter.set(static_cast<uint32_t>(bit));
    delta = 0;
    shift = 0;
  }
  return shift == 0 ? std::optional(filter) : std::nullopt;
}

GramQuery::GramQuery(std::string_view needle) {
  each_bit(needle, [this](uint16_t bit) {
    if (bit != kNoGram) bits_.push_back(bit);
  });
}

bool GramQuery::may_be_in(const GramFilter& filter) const {
  return std::all_of(bits_.begin(), bits_.end(),
                     [&filter](uint32_t bit) { return filter.has(bit); });
}

}  // namespace tandem::trace
