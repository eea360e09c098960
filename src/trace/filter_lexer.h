// The tokens of the filter language (filter.h). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::trace {

enum class TokenKind : uint8_t { Word, String, Number, Operator, Other, End };

struct Token {
  TokenKind kind = TokenKind::End;
  size_t begin = 0;       // byte offset in the filter
  std::string_view text;  // as written, quotes included
  std::string value;      // of a string: without quotes and escapes
};

class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}
  // The next token; at the end TokenKind::End, again and again. Errors: a string without its end,
  // an unknown escape, text that is not UTF-8.
  Result<Token> next();
  std::string_view text() const { return text_; }

 private:
  Result<Token> string(size_t begin);
  Result<void> escape(std::string& value);
  Token plain(TokenKind kind, size_t begin) const;

  std::string_view text_;
  size_t at_ = 0;
};

// "At position 8 of the filter: …". Positions count characters from 1.
Failure filter_error(std::string_view filter, size_t offset, std::string_view what,
                     std::string hint = {});

}  // namespace tandem::trace
