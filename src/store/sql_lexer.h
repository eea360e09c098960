// SqlLexer: cuts SQL into pieces, as far as the dialect helpers need it: what is quoted or a
// comment is one piece that nobody looks into. Pure; views into the given text.
#pragma once

#include <string_view>

namespace tandem::store {

enum class SqlPiece : unsigned char { Space, Comment, Quoted, Word, Placeholder, Symbol, End };

class SqlLexer {
 public:
  explicit SqlLexer(std::string_view sql) : rest_(sql) {}

  struct Piece {
    SqlPiece kind;
    std::string_view text;
  };
  Piece next();

 private:
  size_t length_of_next(SqlPiece& kind) const;

  std::string_view rest_;
};

}  // namespace tandem::store
