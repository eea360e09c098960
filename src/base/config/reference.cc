#include "base/config/reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/config/write.h"

namespace tandem::config {
namespace {

// What a field's type is below optional, list and map.
const Type& innermost(const Type& type) {
  switch (type.kind()) {
    case Kind::Optional:
      return innermost(static_cast<const OptionalType&>(type).item());
    case Kind::List:
      return innermost(static_cast<const ListType&>(type).item());
    case Kind::Map:
      return innermost(static_cast<const MapType&>(type).item());
    default:
      return type;
  }
}

std::string path_of(const Type& type, std::string path) {
  switch (type.kind()) {
    case Kind::Optional:
      return path_of(static_cast<const OptionalType&>(type).item(), path);
    case Kind::List:
      return path_of(static_cast<const ListType&>(type).item(), path + "[]");
    case Kind::Map:
      return path_of(static_cast<const MapType&>(type).item(), path + ".<name>");
    default:
      return path;
  }
}

// A cell of a markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

class Reference {
 public:
  std::string take() { return "| key | type | default | meaning |\n|---|---|---|---|\n" + rows_; }

  // `defaults` is null below lists and maps: what an entry has where it is given is in its struct.
  void add(const StructType& type, const std::string& prefix, const void* defaults) {
    if (std::find(open_.begin(), open_.end(), &type) != open_.end()) return;  // contains itself
    open_.push_back(&type);
    for (const Field& field : type.fields()) {
      const std::string path = prefix.empty() ? field.name : prefix + "." + field.name;
      const void* value = field.get(defaults);
      row(path, field, value);
      const Type& inner = innermost(*field.type);
      if (inner.kind() != Kind::Struct) continue;
      const auto& nested = static_cast<const StructType&>(inner);
      const bool direct = field.type->kind() == Kind::Struct;
      add(nested, path_of(*field.type, path), direct ? value : nested.defaults());
    }
    open_.pop_back();
  }

 private:
  void row(const std::string& path, const Field& field, const void* value) {
    rows_ += fmt::format("| `{}` | {} | {} | {} |\n", cell(path), cell(type_name(field)),
                         cell(default_of(field, value)), cell(meaning_of(field)));
  }

  static std::string type_name(const Field& field) {
    std::string name = field.type->name();
    if (!field.bounds.empty()) name += ", " + field.bounds;
    const Type& inner = innermost(*field.type);
    if (inner.kind() == Kind::Struct) {
      for (const ShortForm& form : static_cast<const StructType&>(inner).short_forms()) {
        name += " or " + form.form;
      }
    }
    return name;
  }

  static std::string default_of(const Field& field, const void* value) {
    if (field.required) return "required";
    if (field.type->kind() == Kind::Struct) return "";
    std::string json;
    json::Writer writer(json);
    write_json(writer, *field.type, value);
    return json == "null" || json == "\"\"" ? "none" : "`" + json + "`";
  }

  static std::string meaning_of(const Field& field) {
    std::string out = field.meaning;
    const Type& inner = innermost(*field.type);
    if (inner.kind() == Kind::Choice) {
      for (const Choice& choice : static_cast<const ScalarType&>(inner).choices()) {
        if (!choice.meaning.empty()) out += fmt::format(" `{}`: {}", choice.name, choice.meaning);
      }
    } else if (inner.kind() == Kind::Struct) {
      for (const ShortForm& form : static_cast<const StructType&>(inner).short_forms()) {
        out += fmt::format(" `{}`: {}", form.form, form.meaning);
      }
    }
    return out;
  }

  std::string rows_;
  std::vector<const Type*> open_;
};

class Schema {
 public:
  explicit Schema(json::Writer& out) : out_(out) {}

  void write(const Type& type, const Field* field = nullptr) {
    switch (type.kind()) {
      case Kind::Optional:
        return write(static_cast<const OptionalType&>(type).item(), field);
      case Kind::Any:
        begin(nullptr, field);
        break;
      case Kind::List:
        begin("array", field);
        out_.key("items");
        write(static_cast<const ListType&>(type).item());
        break;
      case Kind::Map:
        begin("object", field);
        out_.key("additionalProperties");
        write(static_cast<const MapType&>(type).item());
        break;
      case Kind::Struct:
        return structure(static_cast<const StructType&>(type), field);
      default:
        scalar(static_cast<const ScalarType&>(type), field);
    }
    out_.end_object();
  }

 private:
  void begin(const char* name, const Field* field) {
    out_.object();
    if (name) out_.key("type").string(name);
    if (field && !field->meaning.empty()) out_.key("description").string(field->meaning);
  }

  void scalar(const ScalarType& type, const Field* field) {
    begin(json_type(type.kind()), field);
    if (type.kind() == Kind::Choice) {
      out_.key("enum").array();
      for (const Choice& choice : type.choices()) out_.string(choice.name);
      out_.end_array();
    } else if (type.kind() == Kind::Text && type.name() == "timestamp") {
      out_.key("format").string("date-time");
    } else if (type.kind() == Kind::Integer) {
      out_.key("format").string("int64");
    }
    if (field && !field->minimum.empty()) out_.key("minimum").raw(field->minimum);
    if (field && !field->maximum.empty()) out_.key("maximum").raw(field->maximum);
  }

  static const char* json_type(Kind kind) {
    switch (kind) {
      case Kind::Boolean:
        return "boolean";
      case Kind::Integer:
        return "integer";
      case Kind::Number:
        return "number";
      default:
        return "string";
    }
  }

  void structure(const StructType& type, const Field* field) {
    if (std::find(open_.begin(), open_.end(), &type) != open_.end()) {
      begin("object", field);  // contains itself: no deeper
      out_.end_object();
      return;
    }
    const bool alternatives = !type.short_forms().empty();
    if (alternatives) {
      begin(nullptr, field);
      out_.key("anyOf").array();
      for (const ShortForm& form : type.short_forms()) write(*form.type);
      mapping(type, nullptr);
      out_.end_array().end_object();
    } else {
      mapping(type, field);
    }
  }

  void mapping(const StructType& type, const Field* field) {
    open_.push_back(&type);
    begin("object", field);
    if ((!field || field->meaning.empty()) && !type.meaning().empty()) {
      out_.key("description").string(type.meaning());
    }
    out_.key("properties").object();
    std::vector<std::string> required;
    for (const Field& member : type.fields()) {
      out_.key(member.name);
      write(*member.type, &member);
      if (member.required) required.push_back(member.name);
    }
    out_.end_object();
    if (!required.empty()) {
      out_.key("required").array();
      for (const std::string& name : required) out_.string(name);
      out_.end_array();
    }
    out_.key("additionalProperties").boolean(false).end_object();
    open_.pop_back();
  }

  json::Writer& out_;
  std::vector<const Type*> open_;
};

}  // namespace

std::string markdown_reference(const Type& type) {
  Reference reference;
  const auto& root = static_cast<const StructType&>(innermost(type));
  reference.add(root, "", root.defaults());
  return reference.take();
}

std::string json_schema(const Type& type) {
  std::string out;
  json::Writer writer(out);
  Schema(writer).write(type);
  return out;
}

}  // namespace tandem::config
