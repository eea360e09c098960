// How single values are spelled: booleans, numbers, text, choices, and types with their own form.
// A type of your own becomes a scalar with
//   static constexpr std::string_view kTypeName = "duration";
//   static Result<T> parse(std::string_view text);     // error message: "must be …"
//   std::string print() const;
//   static constexpr bool kNumber = true;              // optional: print() is a JSON number
// or with a specialisation of ScalarTrait<T>; an enum with an `enum_names(E)` beside it:
//   inline constexpr config::EnumName<Capture> kCaptureNames[] = {{Capture::Full, "full", "…"}};
//   constexpr auto enum_names(Capture) { return std::span(kCaptureNames); }
#pragma once

#include <concepts>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/config/type.h"
#include "base/ids.h"

namespace tandem::config {

template <class E>
struct EnumName {
  E value;
  std::string_view name;
  std::string_view meaning = {};
};

template <class T>
struct ScalarTrait {};

template <class T>
concept SelfScalar = requires(const T& value, std::string_view text) {
  { T::parse(text) } -> std::same_as<Result<T>>;
  { value.print() } -> std::convertible_to<std::string>;
  { T::kTypeName } -> std::convertible_to<std::string_view>;
};

template <SelfScalar T>
struct ScalarTrait<T> {
  static constexpr std::string_view kTypeName = T::kTypeName;
  static Result<T> parse(std::string_view text) { return T::parse(text); }
  static std::string print(const T& value) { return value.print(); }
};

template <class Tag>
struct ScalarTrait<Id<Tag>> {
  static constexpr std::string_view kTypeName = Tag::kName;
  static Result<Id<Tag>> parse(std::string_view text) { return Id<Tag>::parse(text); }
  static std::string print(const Id<Tag>& value) { return value.str(); }
};

template <class T>
concept CustomScalar = requires { ScalarTrait<T>::kTypeName; };
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) { enum_names(value); };

// Free-form JSON (`parameters: {…}`), kept as the text of a JSON value.
struct Json {
  std::string text = "null";
  friend bool operator==(const Json&, const Json&) = default;
};

// The shared parts, compiled once.
Result<bool> read_boolean(const Node& scalar);
Result<int64_t> read_integer(const Node& scalar, int64_t least, int64_t most);
Result<double> read_number(const Node& scalar);
Result<std::string> read_text(const Node& scalar);
std::string print_number(double value);
Failure not_one_of(std::span<const std::string_view> names, std::string_view found);

class BooleanScalar final : public TypeWith<bool, ScalarType> {
 public:
  Kind kind() const override { return Kind::Boolean; }
  std::string name() const override { return "boolean"; }
  Result<void> parse(const Node& scalar, void* value) const override {
    TRY(*static_cast<bool*>(value), read_boolean(scalar));
    return {};
  }
  std::string print(const void* value) const override {
    return *static_cast<const bool*>(value) ? "true" : "false";
  }
};

template <std::integral I>
class IntegerScalar final : public TypeWith<I, ScalarType> {
 public:
  Kind kind() const override { return Kind::Integer; }
  std::string name() const override { return "integer"; }
  Result<void> parse(const Node& scalar, void* value) const override {
    constexpr bool kWide = std::cmp_greater(std::numeric_limits<I>::max(), INT64_MAX);
    constexpr auto kMost = kWide ? INT64_MAX : static_cast<int64_t>(std::numeric_limits<I>::max());
    TRY(const int64_t wide, read_integer(scalar, int64_t{std::numeric_limits<I>::min()}, kMost));
    *static_cast<I*>(value) = static_cast<I>(wide);
    return {};
  }
  std::string print(const void* value) const override {
    return std::to_string(*static_cast<const I*>(value));
  }
};

template <std::floating_point F>
class NumberScalar final : public TypeWith<F, ScalarType> {
 public:
  Kind kind() const override { return Kind::Number; }
  std::string name() const override { return "number"; }
  Result<void> parse(const Node& scalar, void* value) const override {
    TRY(const double number, read_number(scalar));
    *static_cast<F*>(value) = static_cast<F>(number);
    return {};
  }
  std::string print(const void* value) const override {
    return print_number(static_cast<double>(*static_cast<const F*>(value)));
  }
};

class TextScalar final : public TypeWith<std::string, ScalarType> {
 public:
  Kind kind() const override { return Kind::Text; }
  std::string name() const override { return "text"; }
  Result<void> parse(const Node& scalar, void* value) const override {
    TRY(*static_cast<std::string*>(value), read_text(scalar));
    return {};
  }
  std::string print(const void* value) const override {
    return *static_cast<const std::string*>(value);
  }
};

template <NamedEnum E>
class ChoiceScalar final : public TypeWith<E, ScalarType> {
 public:
  Kind kind() const override { return Kind::Choice; }
  std::string name() const override {
    std::string out;
    for (const auto& row : enum_names(E{})) {
      if (!out.empty()) out += " | ";
      out += row.name;
    }
    return out;
  }
  Result<void> parse(const Node& scalar, void* value) const override {
    std::vector<std::string_view> names;
    for (const auto& row : enum_names(E{})) {
      if (row.name == scalar.text) {
        *static_cast<E*>(value) = row.value;
        return {};
      }
      names.push_back(row.name);
    }
    return not_one_of(names, scalar.text);
  }
  std::string print(const void* value) const override {
    for (const auto& row : enum_names(E{})) {
      if (row.value == *static_cast<const E*>(value)) return std::string(row.name);
    }
    return {};
  }
  std::vector<Choice> choices() const override {
    std::vector<Choice> out;
    for (const auto& row : enum_names(E{})) {
      out.push_back({std::string(row.name), std::string(row.meaning)});
    }
    return out;
  }
};

template <CustomScalar T>
class OwnScalar final : public TypeWith<T, ScalarType> {
 public:
  Kind kind() const override {
    if constexpr (requires { T::kNumber; }) return T::kNumber ? Kind::Number : Kind::Text;
    return Kind::Text;
  }
  std::string name() const override { return std::string(ScalarTrait<T>::kTypeName); }
  Result<void> parse(const Node& scalar, void* value) const override {
    if (kind() == Kind::Text) TRY_VOID(read_text(scalar));
    TRY(*static_cast<T*>(value), ScalarTrait<T>::parse(scalar.text));
    return {};
  }
  std::string print(const void* value) const override {
    return ScalarTrait<T>::print(*static_cast<const T*>(value));
  }
  bool absent(const void* value) const override {
    if constexpr (requires(const T& object) { object.empty(); }) {
      return static_cast<const T*>(value)->empty();
    }
    return false;
  }
  bool secret() const override {
    if constexpr (requires { T::kSecret; }) return T::kSecret;
    return false;
  }
};

class JsonAny final : public TypeWith<Json, AnyType> {
 public:
  void set(void* value, std::string json) const override {
    static_cast<Json*>(value)->text = std::move(json);
  }
  std::string json(const void* value) const override {
    return static_cast<const Json*>(value)->text;
  }
};

}  // namespace tandem::config
