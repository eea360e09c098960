#include "trace/filter_lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text/utf8.h"

namespace tandem::trace {
namespace {

bool space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool word_character(char c) {
  return letter(c) || digit(c) || c == '.';
}
bool number_character(char c) {
  return digit(c) || c == '.' || letter(c);
}
bool operator_character(char c) {
  return c == '=' || c == '!' || c == '<' || c == '>' || c == '~';
}

std::optional<uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    uint32_t nibble = 0;
    if (digit(c))
      nibble = static_cast<uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      nibble = static_cast<uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      nibble = static_cast<uint32_t>(c - 'A' + 10);
    else
      return std::nullopt;
    value = value << 4 | nibble;
  }
  return value;
}

void append_utf8(std::string& out, uint32_t point) {
  const auto add = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 63));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 63));
    add(0x80 | (point & 63));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 63));
    add(0x80 | (point >> 6 & 63));
    add(0x80 | (point & 63));
  }
}

bool high_surrogate(uint32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool low_surrogate(uint32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

}  // namespace

Failure filter_error(std::string_view filter, size_t offset, std::string_view what,
                     std::string hint) {
  const std::string_view before = filter.substr(0, std::min(offset, filter.size()));
  const auto continuation = [](char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; };
  const auto characters = before.size() - static_cast<size_t>(std::count_if(
                                              before.begin(), before.end(), continuation));
  return fail(Code::InvalidArgument,
              fmt::format("At position {} of the filter: {}.", characters + 1, what),
              std::move(hint), "filter");
}

Token FilterLexer::plain(TokenKind kind, size_t begin) const {
  return {kind, begin, text_.substr(begin, at_ - begin), {}};
}

Result<Token> FilterLexer::next() {
  while (at_ < text_.size() && space(text_[at_])) ++at_;
  const size_t begin = at_;
  if (at_ == text_.size()) return plain(TokenKind::End, begin);
  const char c = text_[at_];
  const auto run_of = [this](bool (*belongs)(char)) {
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
  };
  if (c == '"') return string(begin);
  if (letter(c)) {
    run_of(word_character);
    return plain(TokenKind::Word, begin);
  }
  if (digit(c) || c == '-' || c == '+' || c == '.') {
    ++at_;
    run_of(number_character);
    return plain(TokenKind::Number, begin);
  }
  if (operator_character(c)) {
    run_of(operator_character);
    return plain(TokenKind::Operator, begin);
  }
  const size_t length = text::utf8_sequence_length(text_.substr(at_));
  if (length == 0) return filter_error(text_, begin, "found bytes that are not UTF-8");
  at_ += length;
  return plain(TokenKind::Other, begin);
}

Result<Token> FilterLexer::string(size_t begin) {
  std::string value;
  ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      Token token = plain(TokenKind::String, begin);
      token.value = std::move(value);
      return token;
    }
    if (c == '\\') {
      TRY_VOID(escape(value));
      continue;
    }
    const size_t length = text::utf8_sequence_length(text_.substr(at_));
    if (length == 0) return filter_error(text_, at_, "found bytes that are not UTF-8");
    if (c == '\0') return filter_error(text_, at_, "found a NUL character");
    value += text_.substr(at_, length);
    at_ += length;
  }
  return filter_error(text_, begin, "found a string without its closing quote",
                      "Strings stand in double quotes: name = \"chat\".");
}

Result<void> FilterLexer::escape(std::string& value) {
  const size_t begin = at_++;
  const char c = at_ < text_.size() ? text_[at_++] : '\0';
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const size_t simple = kEscapes.find(c);
  if (c != '\0' && simple != std::string_view::npos) {
    value += kMeanings[simple];
    return {};
  }
  std::optional<uint32_t> point = c == 'u' ? hex4(text_.substr(at_)) : std::nullopt;
  if (point) {
    at_ += 4;
    if (high_surrogate(*point) && text_.substr(at_).starts_with("\\u")) {
      const auto low = hex4(text_.substr(at_ + 2));
      if (low && low_surrogate(*low)) {
        at_ += 6;
        point = 0x10000 + ((*point - 0xD800) << 10) + (*low - 0xDC00);
      }
    }
    const bool lone = high_surrogate(*point) || low_surrogate(*point);
    if (!lone && *point != 0) {
      append_utf8(value, *point);
      return {};
    }
  }
  return filter_error(text_, begin, "found an unknown escape in a string",
                      "Write a quote as \\\" and a backslash as \\\\.");
}

}  // namespace tandem::trace
