// Edits to a JSON text that leave every other byte as it was: how Tandem changes the few fields
// that it acts on and passes the rest through. Pure.
//   Edits edits;
//   edits.replace(token, "\"gpt-4o-mini\"");
//   std::string forwarded = edits.apply(body);
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::json {

// A half-open piece of a text: of a value, quotes and brackets included.
struct Token {
  size_t begin = 0;
  size_t length = 0;
  size_t end() const { return begin + length; }
  std::string_view in(std::string_view text) const { return text.substr(begin, length); }
};

class Edits {
 public:
  // Pieces must not overlap (asserted in apply), but one may be replaced again: the last wins.
  // Insertions at one place keep their order.
  void replace(Token token, std::string replacement);
  void insert(size_t at, std::string text) { replace({at, 0}, std::move(text)); }
  bool empty() const { return edits_.empty(); }
  void clear() { edits_.clear(); }
  std::string apply(std::string_view text) const;

 private:
  struct Edit {
    Token token;
    std::string replacement;
  };
  std::vector<Edit> edits_;  // by position
};

}  // namespace tandem::json
