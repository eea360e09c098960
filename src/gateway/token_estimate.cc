#include "gateway/token_estimate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tandem::gateway {
namespace {

enum Class : uint8_t { Wide, Letter, Digit, Space, Punctuation };
constexpr size_t kClassCount = 5;
constexpr size_t kBlock = 16;

// The class of each of 16 bytes. The compiler makes a handful of vector instructions of it.
void classify(const uint8_t* bytes, uint8_t* classes) {
  for (size_t i = 0; i < kBlock; ++i) {
    const uint8_t byte = bytes[i];
    const auto lower = static_cast<uint8_t>((byte | 0x20) - 'a');
    const auto digit = static_cast<uint8_t>(byte - '0');
    uint8_t found = Punctuation;
    found = byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r' ? uint8_t{Space} : found;
    found = digit < 10 ? uint8_t{Digit} : found;
    found = lower < 26 ? uint8_t{Letter} : found;
    classes[i] = byte >= 0x80 ? uint8_t{Wide} : found;
  }
}

// Bit i: byte i of the block is of another class than the one before it.
uint32_t borders(const uint8_t* classes, uint8_t before) {
#ifdef __SSE2__
  const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(classes));
  const __m128i shifted = _mm_or_si128(_mm_slli_si128(here, 1), _mm_cvtsi32_si128(before));
  return static_cast<uint32_t>(~_mm_movemask_epi8(_mm_cmpeq_epi8(here, shifted))) & 0xffffu;
#else
  uint32_t mask = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    mask |= static_cast<uint32_t>(classes[i] != before) << i;
    before = classes[i];
  }
  return mask;
#endif
}

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

constexpr size_t kShortRun = 32;

// Nearly every run is short: a look-up instead of a branch for each kind.
constexpr auto kTokensOfShortRun = [] {
  std::array<std::array<uint8_t, kShortRun>, kClassCount> tokens{};
  for (size_t kind = 0; kind < kClassCount; ++kind) {
    for (size_t bytes = 1; bytes < kShortRun; ++bytes) {
      tokens[kind][bytes] = static_cast<uint8_t>(tokens_of_run(kind, bytes));
    }
  }
  return tokens;
}();

class Counter {
 public:
  // `count` bytes of a block, at most kBlock; the block is readable to its end.
  void add(const uint8_t* block, size_t count) {
    uint8_t classes[kBlock];
    classify(block, classes);
    uint32_t mask = borders(classes, kind_) & ((uint32_t{1} << count) - 1);
    while (mask != 0) {
      const auto at = static_cast<size_t>(std::countr_zero(mask));
      mask &= mask - 1;
      end_run(done_ + at);
      kind_ = classes[at];
    }
    done_ += count;
  }
  int64_t finish() {
    end_run(done_);
    return tokens_;
  }

 private:
  void end_run(size_t at) {
    const size_t bytes = at - begun_;
    tokens_ += bytes < kShortRun ? kTokensOfShortRun[kind_][bytes] : tokens_of_run(kind_, bytes);
    begun_ = at;
  }

  uint8_t kind_ = Wide;
  size_t begun_ = 0;
  size_t done_ = 0;
  int64_t tokens_ = 0;
};

}  // namespace

int64_t estimate_tokens(std::string_view text) {
  if (text.empty()) return 0;
  Counter counter;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t at = 0;
  for (; at + kBlock <= text.size(); at += kBlock) counter.add(bytes + at, kBlock);
  uint8_t last[kBlock] = {};
  std::copy(bytes + at, bytes + text.size(), last);
  counter.add(last, text.size() - at);
  return std::max<int64_t>(counter.finish(), 1);
}

}  // namespace tandem::gateway
