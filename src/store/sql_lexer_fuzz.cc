// SQL of any bytes: the lexer loses none of them, always moves on, and only placeholders change.
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/dialect.h"
#include "store/sql_lexer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tandem::store;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  SqlLexer lexer(sql);
  std::string joined;
  size_t placeholders = 0;
  for (auto piece = lexer.next(); piece.kind != SqlPiece::End; piece = lexer.next()) {
    if (piece.text.empty()) std::abort();
    joined += piece.text;
    if (piece.kind == SqlPiece::Placeholder) ++placeholders;
  }
  if (joined != sql) std::abort();
  const std::string rewritten = to_dollar_placeholders(sql);
  if (placeholders == 0 && rewritten != sql) std::abort();
  if (rewritten.size() < sql.size() + placeholders) std::abort();
  (void)to_postgres_schema(sql);
  return 0;
}
