// A JSON document as a tree in which every value knows its own bytes: what is understood is read as
// values, what is not is passed on as it was written (numbers of any size and precision included).
// For translating; where bytes pass through, walk.h needs no tree.
//   TRY(const json::Document document, json::parse(std::move(body)));
//   if (const json::Value* model = document.root().find("model")) use(model->text);
// A Document owns what its values point to and may be moved. Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem::json {

struct Value {
  enum class Type : uint8_t { Null, False, True, Number, String, Array, Object };
  Type type = Type::Null;
  std::string_view name;  // where it is a field of an object
  std::string_view raw;   // its bytes in the document
  std::string_view text;  // of a string: unescaped
  std::vector<Value> children;

  bool is_null() const { return type == Type::Null; }
  bool is_string() const { return type == Type::String; }
  bool is_array() const { return type == Type::Array; }
  bool is_object() const { return type == Type::Object; }

  // The field of that name, the last where there are several; a field that is null is not there.
  const Value* find(std::string_view field) const;
  // Its text; empty where there is no such field or it is no string.
  std::string_view find_text(std::string_view field) const;
  std::optional<bool> boolean() const;
  std::optional<int64_t> integer() const;  // a whole number that fits, "1.0" and "1e3" included
  std::optional<double> number() const;
};

class Document {
 public:
  const Value& root() const { return *root_; }

 private:
  friend Result<Document> parse(std::string text);
  friend class TreeBuilder;
  std::unique_ptr<std::string> text_;
  std::unique_ptr<std::deque<std::string>> unescaped_;
  std::unique_ptr<Value> root_;
};

// InvalidArgument: no JSON object or array, nested too deep, or of more than kMaxValues values.
inline constexpr size_t kMaxValues = 500'000;
Result<Document> parse(std::string text);

}  // namespace tandem::json
