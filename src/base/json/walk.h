// Visits every value of a JSON document with its path and its place in the text, over simdjson.
// The way in which request and answer bodies are read on the hot path: no tree is built, what
// nobody asks for is validated and skipped over.
//   struct Find final : Visitor {
//     Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override { … }
//   };
//   TRY_VOID(walk(body, find));
// Errors are InvalidArgument and name the byte. Any thread (one parser a thread).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/json/splice.h"
#include "base/result.h"

namespace tandem::json {

struct Step {
  std::string_view key;  // of an object's field; empty for an array's element
  size_t index;          // of the field or element
  bool is_key;
};
using Path = std::span<const Step>;

// "messages[2].content", for error messages.
std::string to_text(Path path);

enum class Kind : uint8_t { String, Number, True, False, Null };

class Visitor {
 public:
  // `text`: strings unescaped, else the token as written. Views live until walk() returns.
  virtual Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) = 0;
  // Around an object or array; `at` is the offset of its opening or closing bracket.
  virtual Result<void> open(Path, bool /*object*/, size_t /*at*/) { return {}; }
  virtual void close(Path, size_t /*at*/) {}
  // False passes over a value without looking inside (its brackets are still matched).
  virtual bool wants(Path) { return true; }

 protected:
  ~Visitor() = default;
};

// `document` gets spare capacity that simdjson needs; its text is not changed.
Result<void> walk(std::string& document, Visitor& visitor);

}  // namespace tandem::json
