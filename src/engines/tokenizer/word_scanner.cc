#include "engines/tokenizer/word_scanner.h"

#include <algorithm>
#include <array>

#include "base/text/utf8.h"

namespace tandem::engines::tokenizer {
namespace {

enum AsciiClass : uint8_t { kWord, kBlank, kPunct, kNothing, kNotAscii };

struct AsciiRow {
  AsciiClass kind;
  char lower;
};

constexpr std::array<AsciiRow, 256> kAscii = [] {
  std::array<AsciiRow, 256> rows{};
  for (int c = 0; c < 256; ++c) {
    AsciiRow row{kPunct, static_cast<char>(c)};
    if (c >= 0x80)
      row.kind = kNotAscii;
    else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
      row.kind = kBlank;
    else if (c < 0x20 || c == 0x7f)
      row.kind = kNothing;
    else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
      row.kind = kWord;
    else if (c >= 'A' && c <= 'Z')
      row = {kWord, static_cast<char>(c + 32)};
    rows[static_cast<size_t>(c)] = row;
  }
  return rows;
}();

uint32_t decode_sequence(const unsigned char* bytes, size_t length) {
  switch (length) {
    case 1:
      return bytes[0];
    case 2:
      return (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu);
    case 3:
      return (bytes[0] & 0x0Fu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
    default:
      return (bytes[0] & 0x07u) << 18 | (bytes[1] & 0x3Fu) << 12 | (bytes[2] & 0x3Fu) << 6 |
             (bytes[3] & 0x3Fu);
  }
}

void append_utf8(std::string& out, uint32_t cp) {
  if (cp < 0x80) {
    out += static_cast<char>(cp);
  } else if (cp < 0x800) {
    out += static_cast<char>(0xC0 | cp >> 6);
    out += static_cast<char>(0x80 | (cp & 0x3F));
  } else if (cp < 0x10000) {
    out += static_cast<char>(0xE0 | cp >> 12);
    out += static_cast<char>(0x80 | (cp >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (cp & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | cp >> 18);
    out += static_cast<char>(0x80 | (cp >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (cp >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (cp & 0x3F));
  }
}

}  // namespace

void WordScanner::reset(std::string_view text) {
  at_ = reinterpret_cast<const unsigned char*>(text.data());
  end_ = at_ + text.size();
  queued_ = taken_ = 0;
  marks_.clear();
}

void WordScanner::append(uint32_t code_point) {
  if (++chars_ <= kMaxChars) append_utf8(word_, code_point);
}

// Canonical order: marks between two starters are sorted by class, equal ones keep their order.
void WordScanner::flush_marks() {
  if (marks_.empty()) return;
  if (marks_.size() > 1) {
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  for (const auto& [rank, code_point] : marks_) append(code_point);
  marks_.clear();
}

bool WordScanner::next() {
  word_.clear();
  chars_ = 0;
  // Most text is ASCII: here it needs neither the table nor the queue.
  while (at_ < end_ && queued_ == taken_ && marks_.empty()) {
    const AsciiRow row = kAscii[*at_];
    if (row.kind == kWord) {
      const unsigned char* from = at_;
      char lower[kMaxChars + 1];
      size_t length = 0;
      while (at_ < end_ && kAscii[*at_].kind == kWord) {
        if (length <= kMaxChars) lower[length++] = kAscii[*at_].lower;
        ++at_;
      }
      chars_ += static_cast<size_t>(at_ - from);
      if (chars_ <= kMaxChars) word_.append(lower, length);
      continue;
    }
    if (row.kind == kNotAscii) break;
    if (row.kind == kPunct && chars_ == 0) {
      word_ += row.lower;
      chars_ = 1;
      ++at_;
      return true;
    }
    if (row.kind == kPunct) return true;
    ++at_;
    if (row.kind == kBlank && chars_ > 0) return true;
  }
  return next_unicode();
}

bool WordScanner::next_unicode() {
  while (true) {
    bool complete = false;
    while (taken_ < queued_) {
      if (!take_queued(complete)) return true;
      if (complete) return true;
    }
    if (at_ == end_) {
      flush_marks();
      return chars_ > 0;
    }
    decode();
  }
}

// Takes one code point of the queue into the word. False: it ends the word and stays in the queue.
bool WordScanner::take_queued(bool& complete) {
  const uint32_t code_point = queue_[taken_];
  const CharClass kind = table_.class_of(code_point);
  if (kind == CharClass::KeptMark) {
    if (chars_ + marks_.size() > kMaxChars)
      ++chars_;  // too long: the order is of no account
    else
      marks_.emplace_back(UnicodeTable::rank_of(code_point), code_point);
    ++taken_;
    return true;
  }
  if (kind == CharClass::Mark) {
    ++taken_;
    return true;
  }
  flush_marks();
  if (kind == CharClass::Space) {
    ++taken_;
    complete = chars_ > 0;
    return true;
  }
  if (kind == CharClass::Punctuation) {
    if (chars_ > 0) return false;
    append(code_point);
    ++taken_;
    complete = true;
    return true;
  }
  if (kind != CharClass::StarterMark) append(code_point);
  ++taken_;
  return true;
}

// Puts what the next input character becomes into the queue; nothing where it is dropped.
void WordScanner::decode() {
  queued_ = taken_ = 0;
  const std::string_view rest(reinterpret_cast<const char*>(at_), static_cast<size_t>(end_ - at_));
  const size_t length = text::utf8_sequence_length(rest);
  if (length == 0) {
    ++at_;
    return;
  }
  const uint32_t code_point = decode_sequence(at_, length);
  at_ += length;
  const CharClass kind = table_.class_of(code_point);
  const bool chinese = kind == CharClass::Chinese || kind == CharClass::ChineseMapped;
  if (kind == CharClass::Drop) return;
  if (chinese) queue_[queued_++] = ' ';
  if (kind == CharClass::Mapped || kind == CharClass::ChineseMapped) {
    queued_ += table_.map(code_point, queue_ + queued_);
  } else {
    queue_[queued_++] = code_point;
  }
  if (chinese) queue_[queued_++] = ' ';
}

}  // namespace tandem::engines::tokenizer
