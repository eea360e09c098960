#include "trace/gram_filter.h"

#include <algorithm>
#include <bit>

#include "base/text/encode.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

constexpr size_t kGramBytes = 4;
constexpr char kSparse = 's';
constexpr char kDense = 'd';

// The folded byte of letters, digits, `_` and everything beyond ASCII; 0 for what separates words.
constexpr std::array<uint8_t, 256> kWordBytes = [] {
  std::array<uint8_t, 256> table{};
  for (size_t i = 0; i < table.size(); ++i) {
    const bool upper = i >= 'A' && i <= 'Z';
    const bool word =
        upper || (i >= 'a' && i <= 'z') || (i >= '0' && i <= '9') || i == '_' || i >= 0x80;
    if (word) table[i] = static_cast<uint8_t>(upper ? i + 32 : i);
  }
  return table;
}();

// Calls visit(first_bit, second_bit) for every gram.
template <class F>
void each_gram(std::string_view text, F visit) {
  uint32_t gram = 0;
  size_t run = 0;
  for (const char c : text) {
    const uint8_t byte = kWordBytes[static_cast<uint8_t>(c)];
    if (byte == 0) {
      run = 0;
      continue;
    }
    gram = gram << 8 | byte;
    if (++run < kGramBytes) continue;
    const uint64_t hash = gram * uint64_t{0x9E3779B97F4A7C15};
    visit(static_cast<uint32_t>(hash >> 48), static_cast<uint32_t>(hash >> 32 & 0xffff));
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

void GramFilter::add(std::string_view text) {
  each_gram(text, [this](uint32_t first, uint32_t second) {
    set(first);
    set(second);
  });
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
  each_gram(needle, [this](uint32_t first, uint32_t second) {
    bits_.push_back(first);
    bits_.push_back(second);
  });
}

bool GramQuery::may_be_in(const GramFilter& filter) const {
  return std::all_of(bits_.begin(), bits_.end(),
                     [&filter](uint32_t bit) { return filter.has(bit); });
}

}  // namespace tandem::trace
