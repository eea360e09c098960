#include "base/config/read.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/encode.h"

namespace tandem::config {
namespace detail {

Result<void> integer_in_range(int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return {};
  return fail(Code::InvalidArgument, fmt::format("must be between {} and {}", least, most));
}

Result<void> number_in_range(double value, double least, double most) {
  if (value >= least && value <= most) return {};
  return fail(Code::InvalidArgument, fmt::format("must be between {} and {}", least, most));
}

Result<void> count_at_most(size_t count, size_t most, std::string_view unit) {
  if (count <= most) return {};
  return fail(Code::InvalidArgument, fmt::format("must have at most {} {}", most, unit));
}

}  // namespace detail

namespace {

constexpr size_t kMostKeyBytes = 256;

// Escaped they would grow beyond what YAML allows for a key on one line (1024 characters).
bool has_control(std::string_view key) {
  return std::any_of(key.begin(), key.end(), [](char c) { return c >= 0 && c < 0x20; });
}

class Reader {
 public:
  Reader(Errors& errors, Origins* origins, Reading reading)
      : errors_(errors), origins_(origins), reading_(reading) {}

  void value(const Node& node, const Type& type, void* out) {
    switch (type.kind()) {
      case Kind::Optional:
        return optional(node, static_cast<const OptionalType&>(type), out);
      case Kind::List:
        return list(node, static_cast<const ListType&>(type), out);
      case Kind::Map:
        return map(node, static_cast<const MapType&>(type), out, nullptr);
      case Kind::Struct:
        return structure(node, static_cast<const StructType&>(type), out);
      case Kind::Any:
        return any(node, static_cast<const AnyType&>(type), out);
      default:
        return scalar(node, static_cast<const ScalarType&>(type), out);
    }
  }

 private:
  // Runs `body` with the path longer by what `extend` adds.
  template <class Extend, class Body>
  void below(Extend extend, Body body) {
    const size_t length = path_.size();
    extend(path_);
    body();
    path_.resize(length);
  }

  void problem(const Node& node, std::string message, std::string hint = {}) {
    errors_.enter(path_, &node);
    errors_.add(std::move(message), std::move(hint));
  }

  void note(const Node& node) {
    if (origins_) (*origins_)[path_] = node.place;
  }

  void any(const Node& node, const AnyType& type, void* out) {
    if (has_long_key(node)) {
      return problem(node,
                     fmt::format("has a key of more than {} bytes or with a control character",
                                 kMostKeyBytes));
    }
    note(node);
    type.set(out, to_json(node));
  }

  static bool has_long_key(const Node& node) {
    for (const Node::Key& key : node.keys) {
      if (key.text.size() > kMostKeyBytes || has_control(key.text)) return true;
    }
    return std::any_of(node.items.begin(), node.items.end(), has_long_key);
  }

  void optional(const Node& node, const OptionalType& type, void* out) {
    if (node.kind == Node::Kind::Null) {
      note(node);
      return type.reset(out);
    }
    const bool fresh = type.get(out) == nullptr;
    entry(node, type.item(), type.emplace(out), fresh);
  }

  // Reads what may have been made just now, by this reading.
  void entry(const Node& node, const Type& type, void* out, bool fresh) {
    const Reading before = reading_;
    if (fresh) reading_ = Reading::Whole;
    value(node, type, out);
    reading_ = before;
  }

  void scalar(const Node& node, const ScalarType& type, void* out) {
    if (node.kind == Node::Kind::Null && node.explicit_null) return;  // the default
    if (node.kind != Node::Kind::Scalar) {
      return problem(node,
                     fmt::format("must be {}, found {}", expected(type), describe_found(node)));
    }
    if (auto parsed = type.parse(node, out); !parsed) return refuse(node, type, parsed.error());
    note(node);
  }

  static std::string expected(const ScalarType& type) {
    switch (type.kind()) {
      case Kind::Boolean:
        return "true or false";
      case Kind::Integer:
        return "a whole number";
      case Kind::Number:
        return "a number";
      default:
        return type.name() == "text" ? "text" : "a single value (" + type.name() + ")";
    }
  }

  void refuse(const Node& node, const ScalarType& type, const Error& error) {
    std::string message = error.message;
    if (!type.secret()) message += ", found " + describe_found(node);
    problem(node, std::move(message), error.hint);
  }

  void list(const Node& node, const ListType& type, void* out) {
    if (node.kind == Node::Kind::Null) return;
    if (node.kind != Node::Kind::List) {
      return problem(node, "must be a list, found " + describe_found(node), "Write [a, b].");
    }
    type.clear(out);
    note(node);
    for (size_t i = 0; i < node.items.size(); ++i) {
      below([i](std::string& path) { append_index(path, i); },
            [&] { entry(node.items[i], type.item(), type.append(out), true); });
    }
  }

  void map(const Node& node, const MapType& type, void* out, const Field* field) {
    if (node.kind == Node::Kind::Null) return;
    if (node.kind != Node::Kind::Map) {
      return problem(node, "must be a mapping, found " + describe_found(node));
    }
    note(node);
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string& key = node.keys[i].text;
      below([&key](std::string& path) { append_key(path, key); },
            [&] {
              if (check_key(node.items[i], key, field)) {
                const bool fresh = type.find(out, key) == nullptr;
                entry(node.items[i], type.item(), type.insert(out, key), fresh);
              }
            });
    }
  }

  bool check_key(const Node& node, const std::string& key, const Field* field) {
    if (key.empty() || key.size() > kMostKeyBytes) {
      problem(node,
              fmt::format("has a key of {} bytes; 1 to {} are allowed", key.size(), kMostKeyBytes));
      return false;
    }
    if (has_control(key)) {
      problem(node, "has a key with a control character");
      return false;
    }
    if (!field || !field->key_check) return true;
    const auto checked = field->key_check(key);
    if (!checked)
      problem(node, "is no good name: " + checked.error().message, checked.error().hint);
    return checked.has_value();
  }

  void structure(const Node& node, const StructType& type, void* out) {
    if (node.kind == Node::Kind::Scalar && !type.short_forms().empty()) {
      return short_form(node, type, out);
    }
    if (node.kind == Node::Kind::Null) {
      static const Node kEmpty = [] {
        Node map;
        map.kind = Node::Kind::Map;
        return map;
      }();
      return fields(kEmpty, node, type, out);
    }
    if (node.kind != Node::Kind::Map) {
      return problem(node, "must be a mapping, found " + describe_found(node), known_keys(type));
    }
    fields(node, node, type, out);
  }

  // The first form that reads wins; a first form's complaint is the one that is shown.
  void short_form(const Node& node, const StructType& type, void* out) {
    std::optional<Error> first;
    for (const ShortForm& form : type.short_forms()) {
      auto parsed = form.parse(node, out);
      if (parsed) {
        note(node);
        const size_t before = errors_.size();
        for (const Field& field : type.fields()) check(node, field, field.locate(out));
        return validate(node, type, out, before);
      }
      if (!first) first = parsed.error();
    }
    problem(node, fmt::format("{}, found {}", first->message, describe_found(node)), first->hint);
  }

  void fields(const Node& node, const Node& at, const StructType& type, void* out) {
    const size_t before = errors_.size();
    for (size_t i = 0; i < node.items.size(); ++i) {
      const Field* field = type.find_field(node.keys[i].text);
      below([&](std::string& path) { append_key(path, node.keys[i].text); },
            [&] {
              field ? member(node.items[i], *field, type, out) : unknown_key(node.keys[i], type);
            });
    }
    for (const Field& field : type.fields()) {
      const Node* given = node.find(field.name);
      if (!field.required || (given && given->kind != Node::Kind::Null)) continue;
      if (!given && reading_ == Reading::Patch) continue;
      below([&](std::string& path) { append_key(path, field.name); },
            [&] { problem(given ? *given : at, "is required", field.meaning); });
    }
    validate(at, type, out, before);
  }

  // A struct with a wrong field is not asked for its own rules: they would speak of the default.
  void validate(const Node& node, const StructType& type, const void* out, size_t before) {
    if (errors_.size() != before) return;
    errors_.enter(path_, &node);
    type.validate(out, errors_);
  }

  void member(const Node& node, const Field& field, const StructType& type, void* out) {
    const size_t before = errors_.size();
    void* target = field.locate(out);
    const Kind kind = field.type->kind();
    if (node.explicit_null && kind != Kind::Optional && kind != Kind::Any) {
      return field.type->assign(target, field.get(type.defaults()));
    }
    if (field.type->kind() == Kind::Map) {
      map(node, static_cast<const MapType&>(*field.type), target, &field);
    } else {
      value(node, *field.type, target);
    }
    if (errors_.size() == before) check(node, field, target);
  }

  void check(const Node& node, const Field& field, const void* member) {
    for (const Field::Check& rule : field.checks) {
      if (auto checked = rule(member); !checked) {
        std::string message = checked.error().message;
        if (node.kind == Node::Kind::Scalar && !secret(*field.type)) {
          message += ", found " + describe_found(node);
        }
        return problem(node, std::move(message), checked.error().hint);
      }
    }
  }

  static bool secret(const Type& type) {
    if (type.kind() == Kind::Optional) return secret(static_cast<const OptionalType&>(type).item());
    const auto* scalar = dynamic_cast<const ScalarType*>(&type);
    return scalar && scalar->secret();
  }

  static std::string known_keys(const StructType& type) {
    return fmt::format("Known keys: {}.", fmt::join(type.field_names(), ", "));
  }

  void unknown_key(const Node::Key& key, const StructType& type) {
    const std::vector<std::string> known = type.field_names();
    const std::string_view near = text::nearest(key.text, known);
    Node at;
    at.place = key.place;
    problem(at, "is not a known key",
            near.empty() ? known_keys(type) : fmt::format("Did you mean {}?", near));
  }

  Errors& errors_;
  Origins* origins_;
  Reading reading_;
  std::string path_;
};

}  // namespace

void read(const Node& node, const Type& type, void* value, Errors& errors, Origins* origins,
          Reading reading) {
  Reader(errors, origins, reading).value(node, type, value);
}

}  // namespace tandem::config
