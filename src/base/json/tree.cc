#include "base/json/tree.h"

#include <charconv>
#include <cmath>

#include "base/json/walk.h"

namespace tandem::json {

const Value* Value::find(std::string_view field) const {
  if (!is_object()) return nullptr;
  for (auto child = children.rbegin(); child != children.rend(); ++child) {
    if (child->name == field) return child->is_null() ? nullptr : &*child;
  }
  return nullptr;
}

std::string_view Value::find_text(std::string_view field) const {
  const Value* value = find(field);
  return value && value->is_string() ? value->text : std::string_view{};
}

std::optional<bool> Value::boolean() const {
  if (type == Type::True) return true;
  if (type == Type::False) return false;
  return std::nullopt;
}

std::optional<int64_t> Value::integer() const {
  if (type != Type::Number) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error == std::errc{} && end == raw.data() + raw.size()) return value;
  // Beyond this a double is no longer every whole number.
  constexpr double kExact = 9007199254740992.0;
  const std::optional<double> real = number();
  if (!real || std::abs(*real) > kExact || std::trunc(*real) != *real) return std::nullopt;
  return static_cast<int64_t>(*real);
}

std::optional<double> Value::number() const {
  if (type != Type::Number) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error != std::errc{} || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

// Values are added only to the innermost open one, so that pointers to those around it hold.
class TreeBuilder final : public Visitor {
 public:
  explicit TreeBuilder(Document& document) : document_(document) {}

  Result<void> open(Path path, bool object, size_t at) override {
    TRY(Value * value, add(path));
    value->type = object ? Value::Type::Object : Value::Type::Array;
    open_.push_back({value, at});
    return {};
  }

  void close(Path, size_t at) override {
    const auto [value, begin] = open_.back();
    value->raw = std::string_view(*document_.text_).substr(begin, at + 1 - begin);
    open_.pop_back();
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    TRY(Value * value, add(path));
    value->raw = token.in(*document_.text_);
    switch (kind) {
      case Kind::String:
        value->type = Value::Type::String;
        value->text = keep(text);
        break;
      case Kind::Number:
        value->type = Value::Type::Number;
        break;
      case Kind::True:
        value->type = Value::Type::True;
        break;
      case Kind::False:
        value->type = Value::Type::False;
        break;
      case Kind::Null:
        break;
    }
    return {};
  }

 private:
  struct Open {
    Value* value;
    size_t begin;
  };

  Result<Value*> add(Path path) {
    if (++values_ > kMaxValues) {
      return fail(Code::InvalidArgument,
                  "The JSON holds more than " + std::to_string(kMaxValues) + " values.");
    }
    if (open_.empty()) return document_.root_.get();
    Value& value = open_.back().value->children.emplace_back();
    if (path.back().is_key) value.name = keep(path.back().key);
    return &value;
  }

  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    return document_.unescaped_->emplace_back(text);
  }

  Document& document_;
  std::vector<Open> open_;
  size_t values_ = 0;
};

Result<Document> parse(std::string text) {
  Document document;
  document.text_ = std::make_unique<std::string>(std::move(text));
  document.unescaped_ = std::make_unique<std::deque<std::string>>();
  document.root_ = std::make_unique<Value>();
  TreeBuilder builder(document);
  TRY_VOID(walk(*document.text_, builder));
  return document;
}

}  // namespace tandem::json
