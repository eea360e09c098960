#include "store/sql_lexer.h"

namespace tandem::store {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// To behind the closing quote; a doubled quote is part of the text. An open end reaches to the end.
size_t quoted_length(std::string_view sql, char quote, bool backslashes) {
  for (size_t i = 1; i < sql.size(); ++i) {
    if (backslashes && sql[i] == '\\') {
      ++i;
    } else if (sql[i] == quote) {
      if (i + 1 >= sql.size() || sql[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return sql.size();
}

size_t block_comment_length(std::string_view sql) {
  const size_t end = sql.find("*/", 2);
  return end == std::string_view::npos ? sql.size() : end + 2;
}

// $tag$ … $tag$; 0 where `sql` does not start one.
size_t dollar_quoted_length(std::string_view sql) {
  size_t tag_end = 1;
  while (tag_end < sql.size() && is_word(sql[tag_end])) ++tag_end;
  if (tag_end >= sql.size() || sql[tag_end] != '$') return 0;
  if (tag_end > 1 && sql[1] >= '0' && sql[1] <= '9') return 0;
  const std::string_view tag = sql.substr(0, tag_end + 1);
  const size_t end = sql.find(tag, tag.size());
  return end == std::string_view::npos ? sql.size() : end + tag.size();
}

template <class F>
size_t run_length(std::string_view sql, F belongs) {
  size_t length = 1;
  while (length < sql.size() && belongs(sql[length])) ++length;
  return length;
}

}  // namespace

size_t SqlLexer::length_of_next(SqlPiece& kind) const {
  const char first = rest_[0];
  const char second = rest_.size() > 1 ? rest_[1] : '\0';
  if (is_space(first)) {
    kind = SqlPiece::Space;
    return run_length(rest_, is_space);
  }
  if (first == '-' && second == '-') {
    kind = SqlPiece::Comment;
    return run_length(rest_, [](char c) { return c != '\n'; });
  }
  if (first == '/' && second == '*') {
    kind = SqlPiece::Comment;
    return block_comment_length(rest_);
  }
  kind = SqlPiece::Quoted;
  if (first == '\'' || first == '"') return quoted_length(rest_, first, false);
  if ((first == 'E' || first == 'e') && second == '\'') {
    return 1 + quoted_length(rest_.substr(1), '\'', true);
  }
  if (first == '$') {
    if (size_t length = dollar_quoted_length(rest_); length > 0) return length;
  }
  if (is_word(first)) {
    kind = SqlPiece::Word;
    return run_length(rest_, is_word);
  }
  kind = first == '?' ? SqlPiece::Placeholder : SqlPiece::Symbol;
  return 1;
}

SqlLexer::Piece SqlLexer::next() {
  if (rest_.empty()) return {SqlPiece::End, {}};
  SqlPiece kind = SqlPiece::Symbol;
  const std::string_view text = rest_.substr(0, length_of_next(kind));
  rest_.remove_prefix(text.size());
  return {kind, text};
}

}  // namespace tandem::store
