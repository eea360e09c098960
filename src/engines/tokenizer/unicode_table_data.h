// The generated facts behind unicode_table.h (make_unicode_table.py). Ranges are inclusive.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tandem::engines::tokenizer::data {

struct Range {
  uint32_t first, last;
};
// A combining mark that stays; `rank` orders marks as their canonical combining classes do.
struct KeptMark {
  uint32_t first, last;
  uint8_t rank;
};
// first + i * step becomes to_first + i * to_step, for i < count.
struct Run {
  uint32_t first;
  uint16_t count;
  uint8_t step;
  uint32_t to_first;
  uint8_t to_step;
};
struct Longer {
  uint32_t from;
  uint32_t to[4];  // ends at 0
};

extern const Range kDrop[], kMark[], kStarterMark[], kSpace[], kPunctuation[], kChinese[];
extern const size_t kDropSize, kMarkSize, kStarterMarkSize, kSpaceSize, kPunctuationSize,
    kChineseSize;
extern const KeptMark kKeptMarks[];
extern const size_t kKeptMarksSize;
extern const Run kRuns[];
extern const size_t kRunsSize;
extern const Longer kLonger[];
extern const size_t kLongerSize;

}  // namespace tandem::engines::tokenizer::data
