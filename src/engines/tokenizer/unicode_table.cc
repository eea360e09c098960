#include "engines/tokenizer/unicode_table.h"

#include <map>
#include <span>

#include "engines/tokenizer/unicode_table_data.h"

namespace tandem::engines::tokenizer {
namespace {

constexpr size_t kCodePoints = 0x110000;
constexpr uint32_t kHangulFirst = 0xAC00;
constexpr uint32_t kHangulCount = 11172;

bool is_hangul(uint32_t code_point) {
  return code_point - kHangulFirst < kHangulCount;
}

// The Unicode Standard, section 3.12: syllables decompose by arithmetic.
size_t decompose_hangul(uint32_t code_point, uint32_t out[4]) {
  const uint32_t index = code_point - kHangulFirst;
  out[0] = 0x1100 + index / 588;
  out[1] = 0x1161 + index % 588 / 28;
  out[2] = 0x11A7 + index % 28;
  return index % 28 ? 3 : 2;
}

}  // namespace

const UnicodeTable& UnicodeTable::get() {
  static const UnicodeTable table;
  return table;
}

UnicodeTable::UnicodeTable() {
  std::vector<uint16_t> flat(kCodePoints, static_cast<uint16_t>(CharClass::Plain));
  const auto paint = [&](std::span<const data::Range> ranges, CharClass kind) {
    for (const data::Range& range : ranges) {
      for (uint32_t cp = range.first; cp <= range.last; ++cp)
        flat[cp] = static_cast<uint16_t>(kind);
    }
  };
  paint({data::kDrop, data::kDropSize}, CharClass::Drop);
  paint({data::kMark, data::kMarkSize}, CharClass::Mark);
  paint({data::kStarterMark, data::kStarterMarkSize}, CharClass::StarterMark);
  paint({data::kSpace, data::kSpaceSize}, CharClass::Space);
  paint({data::kPunctuation, data::kPunctuationSize}, CharClass::Punctuation);
  paint({data::kChinese, data::kChineseSize}, CharClass::Chinese);
  for (const data::KeptMark& mark : std::span(data::kKeptMarks, data::kKeptMarksSize)) {
    for (uint32_t cp = mark.first; cp <= mark.last; ++cp) {
      flat[cp] = static_cast<uint16_t>(CharClass::KeptMark);
    }
  }
  const auto add = [&](uint32_t from, uint32_t to, uint8_t longer) {
    const bool chinese = flat[from] == static_cast<uint16_t>(CharClass::Chinese);
    flat[from] = static_cast<uint16_t>(kFirstMapping + mappings_.size());
    mappings_.push_back({chinese ? CharClass::ChineseMapped : CharClass::Mapped, longer, to});
  };
  for (const data::Run& run : std::span(data::kRuns, data::kRunsSize)) {
    for (uint32_t i = 0; i < run.count; ++i) {
      add(run.first + i * run.step, run.to_first + i * run.to_step, 0);
    }
  }
  for (size_t i = 0; i < data::kLongerSize; ++i) {
    add(data::kLonger[i].from, 0, static_cast<uint8_t>(i + 1));
  }
  mappings_.push_back({CharClass::Mapped, 0, 0});  // all Hangul syllables share this one
  const auto hangul = static_cast<uint16_t>(kFirstMapping + mappings_.size() - 1);
  for (uint32_t i = 0; i < kHangulCount; ++i) flat[kHangulFirst + i] = hangul;

  constexpr size_t kBlock = size_t{1} << kBlockBits;
  std::map<std::vector<uint16_t>, uint16_t> known;
  for (size_t at = 0; at < kCodePoints; at += kBlock) {
    std::vector<uint16_t> block(flat.begin() + at, flat.begin() + at + kBlock);
    const auto [found, added] =
        known.try_emplace(std::move(block), static_cast<uint16_t>(known.size()));
    if (added) entries_.insert(entries_.end(), found->first.begin(), found->first.end());
    blocks_.push_back(found->second);
  }
}

size_t UnicodeTable::map(uint32_t code_point, uint32_t out[4]) const {
  if (is_hangul(code_point)) return decompose_hangul(code_point, out);
  const Mapping& mapping = mappings_[entry_of(code_point) - kFirstMapping];
  if (mapping.longer == 0) {
    out[0] = mapping.to;
    return 1;
  }
  const uint32_t* to = data::kLonger[mapping.longer - 1].to;
  size_t count = 0;
  while (count < 4 && to[count]) {
    out[count] = to[count];
    ++count;
  }
  return count;
}

uint8_t UnicodeTable::rank_of(uint32_t code_point) {
  for (const data::KeptMark& mark : std::span(data::kKeptMarks, data::kKeptMarksSize)) {
    if (code_point >= mark.first && code_point <= mark.last) return mark.rank;
  }
  return 0;
}

}  // namespace tandem::engines::tokenizer
