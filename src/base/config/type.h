// What the framework knows about a C++ type at run time. One static instance per type, made by
// describe.h from the type's description; reading, printing, comparing and documenting are written
// once over these classes (read.h, write.h, reference.h). Immutable after start, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"
#include "base/config/problems.h"
#include "base/result.h"

namespace tandem::config {

enum class Kind : uint8_t {
  Boolean,
  Integer,
  Number,
  Text,
  Choice,
  Any,
  Optional,
  List,
  Map,
  Struct
};

class Type {
 public:
  virtual ~Type() = default;
  virtual Kind kind() const = 0;
  virtual std::string name() const = 0;  // for people: "integer", "list of text"
  virtual void assign(void* to, const void* from) const = 0;
};

// Base, one of those below, for values of type T.
template <class T, class Base>
class TypeWith : public Base {
 public:
  void assign(void* to, const void* from) const final {
    *static_cast<T*>(to) = *static_cast<const T*>(from);
  }
};

// One of several words, and what it means.
struct Choice {
  std::string name;
  std::string meaning;
};

// A value that is written as one scalar: numbers, text, choices and types with their own spelling.
class ScalarType : public Type {
 public:
  // Stores into `value`. An error's message continues "the field …": "must be a whole number".
  virtual Result<void> parse(const Node& scalar, void* value) const = 0;
  virtual std::string print(const void* value) const = 0;
  virtual bool quoted() const { return kind() == Kind::Text || kind() == Kind::Choice; }
  virtual bool secret() const { return false; }  // what was found is never repeated in errors
  virtual bool absent(const void*) const { return false; }  // written as null: an empty id
  virtual std::vector<Choice> choices() const { return {}; }
};

// Free-form JSON, kept as text.
class AnyType : public Type {
 public:
  Kind kind() const override { return Kind::Any; }
  std::string name() const override { return "any value"; }
  virtual void set(void* value, std::string json) const = 0;
  virtual std::string json(const void* value) const = 0;
};

class OptionalType : public Type {
 public:
  Kind kind() const override { return Kind::Optional; }
  std::string name() const override { return item().name(); }
  virtual const Type& item() const = 0;
  virtual const void* get(const void* value) const = 0;  // null: absent
  virtual void* emplace(void* value) const = 0;          // keeps what is there
  virtual void reset(void* value) const = 0;
};

class ListType : public Type {
 public:
  Kind kind() const override { return Kind::List; }
  std::string name() const override { return "list of " + item().name(); }
  virtual const Type& item() const = 0;
  virtual size_t size(const void* value) const = 0;
  virtual const void* at(const void* value, size_t index) const = 0;
  virtual void clear(void* value) const = 0;
  virtual void* append(void* value) const = 0;
};

class MapType : public Type {
 public:
  Kind kind() const override { return Kind::Map; }
  std::string name() const override { return "map of " + item().name(); }
  virtual const Type& item() const = 0;
  virtual std::vector<std::string> keys(const void* value) const = 0;
  virtual const void* find(const void* value, const std::string& key) const = 0;
  virtual void* insert(void* value, const std::string& key) const = 0;  // keeps what is there
  virtual void clear(void* value) const = 0;
};

struct Field {
  using Check = std::function<Result<void>(const void* member)>;

  std::string name;
  std::string meaning;
  const Type* type = nullptr;
  std::function<void*(void*)> locate;  // struct to member
  bool required = false;
  std::string bounds;   // for people: "0 to 100"
  std::string minimum;  // JSON numbers, empty: none
  std::string maximum;
  std::vector<Check> checks;
  std::function<Result<void>(std::string_view)> key_check;  // maps: what a key may be

  const void* get(const void* object) const { return locate(const_cast<void*>(object)); }
};

// A scalar that may stand for the whole struct: `retries: 2` for `retries: {max: 2}`.
struct ShortForm {
  std::string form;  // what to write: "N"
  std::string meaning;
  const Type* type = nullptr;  // null: any text
  std::function<Result<void>(const Node&, void*)> parse;
};

class StructType : public Type {
 public:
  Kind kind() const override { return Kind::Struct; }
  virtual const std::vector<Field>& fields() const = 0;
  virtual std::string_view meaning() const = 0;
  virtual const std::vector<ShortForm>& short_forms() const = 0;
  virtual const void* defaults() const = 0;  // a default-constructed value
  virtual void validate(const void* value, Errors& errors) const = 0;

  const Field* find_field(std::string_view name) const;
  std::vector<std::string> field_names() const;
};

}  // namespace tandem::config
