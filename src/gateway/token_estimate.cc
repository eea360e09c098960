#include "gateway/token_estimate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

namespace tandem::gateway {
namespace {

enum Class : uint8_t { Wide, Letter, Digit, Space, Punctuation };
constexpr size_t kClassCount = 5;
constexpr size_t kBlock = 64;

// Bit i of a class: byte i of the block is of it.
using Masks = std::array<uint64_t, kClassCount>;

#ifdef __SSSE3__
// Bytes from `low` on, `count` of them; bytes of 0x80 and more are below every other as signed
// ones.
__m128i in_range(__m128i bytes, char low, char count) {
  const __m128i moved = _mm_sub_epi8(bytes, _mm_set1_epi8(static_cast<char>(low - 128)));
  return _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(count - 128)));
}

Masks classify(const uint8_t* block) {
  // The space whose lower four bits these are; 0xff is the value of no such place.
  const __m128i spaces =
      _mm_setr_epi8(' ', -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', -1, -1, '\r', -1, -1);
  Masks masks{};
  for (size_t i = 0; i < kBlock; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    const auto add = [&](Class kind, __m128i found) {
      masks[kind] |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(found))} << i;
    };
    add(Wide, bytes);
    add(Letter, in_range(lower, 'a', 26));
    add(Digit, in_range(bytes, '0', 10));
    add(Space, _mm_cmpeq_epi8(bytes, _mm_shuffle_epi8(spaces, bytes)));
  }
  masks[Punctuation] = ~(masks[Wide] | masks[Letter] | masks[Digit] | masks[Space]);
  return masks;
}
#else
Class class_of(uint8_t byte) {
  if (byte >= 0x80) return Wide;
  if (static_cast<uint8_t>((byte | 0x20) - 'a') < 26) return Letter;
  if (static_cast<uint8_t>(byte - '0') < 10) return Digit;
  const bool space = byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
  return space ? Space : Punctuation;
}

Masks classify(const uint8_t* block) {
  Masks masks{};
  for (size_t i = 0; i < kBlock; ++i) masks[class_of(block[i])] |= uint64_t{1} << i;
  return masks;
}
#endif

constexpr int64_t parts(size_t bytes, size_t part) {
  return static_cast<int64_t>((bytes + part - 1) / part);
}

constexpr int64_t tokens_of_run(size_t kind, size_t bytes) {
  switch (kind) {
    case Letter:
      return bytes <= 7 ? 1 : parts(bytes, 5);
    case Space:
      return bytes == 1 ? 0 : parts(bytes, 16);  // one space joins the next word
    case Punctuation:
      return parts(bytes, 2);
    default:
      return parts(bytes, 3);
  }
}

constexpr auto kTokensOfRun = [] {
  std::array<std::array<uint8_t, kBlock + 1>, kClassCount> tokens{};
  for (size_t kind = 0; kind < kClassCount; ++kind) {
    for (size_t bytes = 1; bytes <= kBlock; ++bytes) {
      tokens[kind][bytes] = static_cast<uint8_t>(tokens_of_run(kind, bytes));
    }
  }
  return tokens;
}();

// The runs of one class, none of which reaches the block's last byte. A run of fewer than `Long`
// bytes is `Short` tokens, and most runs are: they are counted together, the others one by one.
template <Class Kind, unsigned Long, int64_t Short>
int64_t count_runs(uint64_t mask) {
  if (mask == 0) return 0;
  int64_t tokens = Short == 0 ? 0 : std::popcount(mask & ~(mask << 1));
  uint64_t long_ones = mask;  // the next `Long` bytes from here are of the class
  for (unsigned reach = 1; reach < Long;) {
    const unsigned step = std::min(reach, Long - reach);
    long_ones &= long_ones >> step;
    reach += step;
  }
  while (long_ones != 0) {
    const int begin = std::countr_zero(long_ones);
    const int bytes = std::countr_one(mask >> begin);
    tokens += kTokensOfRun[Kind][static_cast<size_t>(bytes)] - Short;
    long_ones &= ~uint64_t{0} << (begin + bytes);
  }
  return tokens;
}

class Counter {
 public:
  // The first `count` bytes of a block; at least one.
  void add(const Masks& masks, size_t count) {
    const uint64_t valid = ~uint64_t{0} >> (kBlock - count);
    const auto first = static_cast<size_t>(std::countr_one(masks[kind_] & valid));
    run_ += first;
    if (first == count) return;
    end_run();
    // The last run may go on in the next block.
    kind_ = 0;
    for (size_t kind = 1; kind < kClassCount; ++kind) {
      kind_ += kind * (masks[kind] >> (count - 1) & 1);
    }
    run_ = static_cast<size_t>(std::countl_one(masks[kind_] << (kBlock - count)));
    const uint64_t inner = (~uint64_t{0} << first) & ((uint64_t{1} << (count - run_)) - 1);
    tokens_ += count_runs<Letter, 8, 1>(masks[Letter] & inner);
    tokens_ += count_runs<Space, 2, 0>(masks[Space] & inner);
    tokens_ += count_runs<Punctuation, 3, 1>(masks[Punctuation] & inner);
    tokens_ += count_runs<Digit, 4, 1>(masks[Digit] & inner);
    tokens_ += count_runs<Wide, 4, 1>(masks[Wide] & inner);
  }
  int64_t finish() {
    end_run();
    return tokens_;
  }

 private:
  void end_run() { tokens_ += run_ == 0 ? 0 : tokens_of_run(kind_, run_); }

  size_t kind_ = Wide;
  size_t run_ = 0;  // bytes of `kind_` so far
  int64_t tokens_ = 0;
};

}  // namespace

int64_t estimate_tokens(std::string_view text) {
  if (text.empty()) return 0;
  Counter counter;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t at = 0;
  for (; at + kBlock <= text.size(); at += kBlock) counter.add(classify(bytes + at), kBlock);
  if (at < text.size()) {
    uint8_t last[kBlock] = {};
    std::copy(bytes + at, bytes + text.size(), last);
    counter.add(classify(last), text.size() - at);
  }
  return std::max<int64_t>(counter.finish(), 1);
}

}  // namespace tandem::gateway
