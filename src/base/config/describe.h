// Described structs: one description per struct, from which follow its reading from YAML and JSON,
// its defaults, its printing, its comparison and its documentation.
//   struct Timeouts {
//     int64_t first_byte_ms = 20'000;
//     template <class V> static void describe(V& v) {
//       v.field("first_byte_ms", &Timeouts::first_byte_ms, "Longest wait for the first byte.")
//           .range(1, 3'600'000);
//     }
//     void validate(config::Errors& errors) const;   // optional: rules across fields
//   };
//   TRY(Timeouts timeouts, config::read_body<Timeouts>(request.body()));      // config/read.h
// Members may be bool, integers, double, std::string, named enums, own scalars (scalars.h), Json,
// described structs, and std::optional, std::vector and std::map<std::string, T> of those.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/config/scalars.h"
#include "base/config/type.h"

namespace tandem::config {

template <class T>
const Type& type_of();

namespace detail {

template <class T>
struct Unwrapped {
  using type = T;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using type = T;
};

template <class T>
const T* present(const T* value) {
  return value;
}
template <class T>
const T* present(const std::optional<T>* value) {
  return *value ? &**value : nullptr;
}

Result<void> integer_in_range(int64_t value, int64_t least, int64_t most);
Result<void> number_in_range(double value, double least, double most);
Result<void> count_at_most(size_t count, size_t most, std::string_view unit);

}  // namespace detail

// What follows a `v.field(…)`.
template <class M>
class FieldOptions {
 public:
  using Value = typename detail::Unwrapped<M>::type;

  explicit FieldOptions(Field& field) : field_(field) {}

  // Inclusive bounds of a number; an absent optional is in range.
  FieldOptions& range(Value least, Value most)
    requires std::is_arithmetic_v<Value>
  {
    field_.minimum = std::is_floating_point_v<Value> ? print_number(static_cast<double>(least))
                                                     : std::to_string(least);
    field_.maximum = std::is_floating_point_v<Value> ? print_number(static_cast<double>(most))
                                                     : std::to_string(most);
    field_.bounds = field_.minimum + " to " + field_.maximum;
    return check([least, most](const Value& value) {
      if constexpr (std::is_floating_point_v<Value>) {
        return detail::number_in_range(value, least, most);
      } else {
        return detail::integer_in_range(static_cast<int64_t>(value), static_cast<int64_t>(least),
                                        static_cast<int64_t>(most));
      }
    });
  }
  // Must be present. For bodies of the API; a file has defaults.
  FieldOptions& required() {
    field_.required = true;
    return *this;
  }
  // At most so many bytes of text, items of a list or keys of a map.
  FieldOptions& at_most(size_t count) {
    constexpr std::string_view kUnit = std::is_same_v<Value, std::string> ? "bytes" : "entries";
    field_.bounds = "at most " + std::to_string(count) + " " + std::string(kUnit);
    return check([count, kUnit](const Value& value) {
      return detail::count_at_most(value.size(), count, kUnit);
    });
  }
  // `rule(const Value&)` answers Result<void>; its error's message continues the path: "must be".
  template <class Rule>
  FieldOptions& check(Rule rule) {
    field_.checks.push_back([rule](const void* member) -> Result<void> {
      const auto* value = detail::present(static_cast<const M*>(member));
      if (!value) return {};
      return rule(*value);
    });
    return *this;
  }
  // What the keys of a map may be.
  FieldOptions& keys(std::function<Result<void>(std::string_view)> rule) {
    field_.key_check = std::move(rule);
    return *this;
  }

 private:
  Field& field_;  // used within the statement that made it
};

template <class T>
class StructBuilder {
 public:
  template <class M, class C>
    requires std::is_base_of_v<C, T>
  FieldOptions<M> field(std::string_view name, M C::*member, std::string_view meaning) {
    Field field;
    field.name = name;
    field.meaning = meaning;
    field.type = &type_of<M>();
    field.locate = [member](void* object) -> void* { return &(static_cast<T*>(object)->*member); };
    fields_.push_back(std::move(field));
    return FieldOptions<M>(fields_.back());
  }

  void meaning(std::string_view text) { meaning_ = text; }

  // `retries: 2` for `retries: {max: 2}`: a scalar of type A assigned by `assign(T&, A)`, which
  // may answer void or Result<void>. `form` is what people write: "N".
  template <class A, class Assign>
  void short_form(std::string_view form, std::string_view meaning, Assign assign) {
    ShortForm shortcut{std::string(form), std::string(meaning), &type_of<A>(), {}};
    shortcut.parse = [assign](const Node& scalar, void* value) -> Result<void> {
      A parsed{};
      TRY_VOID(static_cast<const ScalarType&>(type_of<A>()).parse(scalar, &parsed));
      if constexpr (std::is_void_v<decltype(assign(*static_cast<T*>(value), parsed))>) {
        assign(*static_cast<T*>(value), std::move(parsed));
        return {};
      } else {
        return assign(*static_cast<T*>(value), std::move(parsed));
      }
    };
    short_forms_.push_back(std::move(shortcut));
  }

 private:
  template <class U>
  friend class StructOf;
  std::vector<Field> fields_;
  std::vector<ShortForm> short_forms_;
  std::string meaning_;
};

template <class T>
concept Described = requires(StructBuilder<T>& builder) { T::describe(builder); };

template <class T>
class StructOf final : public TypeWith<T, StructType> {
 public:
  std::string name() const override {
    if constexpr (requires { T::kTypeName; }) return std::string(T::kTypeName);
    return "mapping";
  }
  const std::vector<Field>& fields() const override { return built().fields_; }
  std::string_view meaning() const override { return built().meaning_; }
  const std::vector<ShortForm>& short_forms() const override { return built().short_forms_; }
  const void* defaults() const override {
    static const T value{};
    return &value;
  }
  void validate(const void* value, Errors& errors) const override {
    if constexpr (requires(const T& object) { object.validate(errors); }) {
      static_cast<const T*>(value)->validate(errors);
    }
  }

 private:
  // Built at first use, not in the constructor: types may contain themselves.
  static const StructBuilder<T>& built() {
    static const StructBuilder<T> builder = [] {
      StructBuilder<T> out;
      T::describe(out);
      return out;
    }();
    return builder;
  }
};

template <class T>
class OptionalOf final : public TypeWith<std::optional<T>, OptionalType> {
 public:
  const Type& item() const override { return type_of<T>(); }
  const void* get(const void* value) const override {
    const auto& optional = *static_cast<const std::optional<T>*>(value);
    return optional ? &*optional : nullptr;
  }
  void* emplace(void* value) const override {
    auto& optional = *static_cast<std::optional<T>*>(value);
    return optional ? &*optional : &optional.emplace();
  }
  void reset(void* value) const override { static_cast<std::optional<T>*>(value)->reset(); }
};

template <class T>
class ListOf final : public TypeWith<std::vector<T>, ListType> {
  static_assert(!std::is_same_v<T, bool>, "std::vector<bool> has no addressable items");

 public:
  const Type& item() const override { return type_of<T>(); }
  size_t size(const void* value) const override { return list(value).size(); }
  const void* at(const void* value, size_t index) const override { return &list(value)[index]; }
  void clear(void* value) const override { static_cast<std::vector<T>*>(value)->clear(); }
  void* append(void* value) const override {
    return &static_cast<std::vector<T>*>(value)->emplace_back();
  }

 private:
  static const std::vector<T>& list(const void* value) {
    return *static_cast<const std::vector<T>*>(value);
  }
};

template <class M>
class MapOf final : public TypeWith<M, MapType> {
 public:
  const Type& item() const override { return type_of<typename M::mapped_type>(); }
  std::vector<std::string> keys(const void* value) const override {
    std::vector<std::string> out;
    for (const auto& [key, item] : *static_cast<const M*>(value)) out.push_back(key);
    return out;
  }
  const void* find(const void* value, const std::string& key) const override {
    const auto& map = *static_cast<const M*>(value);
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
  }
  void* insert(void* value, const std::string& key) const override {
    return &(*static_cast<M*>(value))[key];
  }
  void clear(void* value) const override { static_cast<M*>(value)->clear(); }
};

namespace detail {

template <class T>
struct TypeFor;
template <>
struct TypeFor<bool> {
  using type = BooleanScalar;
};
template <std::integral T>
struct TypeFor<T> {
  using type = IntegerScalar<T>;
};
template <std::floating_point T>
struct TypeFor<T> {
  using type = NumberScalar<T>;
};
template <>
struct TypeFor<std::string> {
  using type = TextScalar;
};
template <>
struct TypeFor<Json> {
  using type = JsonAny;
};
template <NamedEnum T>
struct TypeFor<T> {
  using type = ChoiceScalar<T>;
};
template <CustomScalar T>
struct TypeFor<T> {
  using type = OwnScalar<T>;
};
template <class T>
  requires(std::is_class_v<T> && !CustomScalar<T> && Described<T>)
struct TypeFor<T> {
  using type = StructOf<T>;
};
template <class T>
struct TypeFor<std::optional<T>> {
  using type = OptionalOf<T>;
};
template <class T>
struct TypeFor<std::vector<T>> {
  using type = ListOf<T>;
};
template <class T, class Less>
struct TypeFor<std::map<std::string, T, Less>> {
  using type = MapOf<std::map<std::string, T, Less>>;
};

}  // namespace detail

template <class T>
const Type& type_of() {
  static const typename detail::TypeFor<T>::type type;
  return type;
}

}  // namespace tandem::config
