#include "gateway/gemini/schema.h"

#include "base/json/writer.h"
#include "base/text/encode.h"
#include "gateway/gemini/fields.h"

namespace tandem::gateway::gemini {
namespace {

using json::Value;

// Counts are int64 in Gemini's schema, which protobuf's JSON writes as texts.
bool is_count(std::string_view name) {
  for (const char* count :
       {"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"}) {
    if (is_named(name, count)) return true;
  }
  return false;
}

bool is_schema(std::string_view name) {
  return name == "items" || is_named(name, "additionalProperties");
}

void write(const Value& schema, json::Writer& json);

void write_list(const Value& list, json::Writer& json) {
  json.array();
  for (const Value* element : elements(list)) write(*element, json);
  json.end_array();
}

void write_type(const Value& type, bool nullable, json::Writer& json) {
  const std::string name = text::to_ascii_lower(type.text);
  json.key("type");
  if (nullable)
    json.array().string(name).string("null").end_array();
  else
    json.string(name);
}

// "anyOf" is "any_of" in the proto's own words; what has the same name in both stays as it is.
std::string_view json_name(std::string_view name) {
  for (const char* camel : {"anyOf", "minItems", "maxItems", "minLength", "maxLength",
                            "minProperties", "maxProperties", "additionalProperties"}) {
    if (is_named(name, camel)) return camel;
  }
  return name;
}

void write(const Value& schema, json::Writer& json) {
  if (!schema.is_object()) {
    json.raw(schema.raw);
    return;
  }
  const Value* nullable = schema.find("nullable");
  const bool may_be_null = nullable && nullable->boolean().value_or(false);
  json.object();
  for (const Value& field : schema.children) {
    if (field.is_null() || field.name == "nullable" || is_named(field.name, "propertyOrdering")) {
      continue;
    }
    if (field.name == "type" && field.is_string()) {
      if (field.text != "TYPE_UNSPECIFIED") write_type(field, may_be_null, json);
      continue;
    }
    json.key(json_name(field.name));
    if (field.name == "properties" && field.is_object()) {
      json.object();
      for (const Value& property : field.children) {
        json.key(property.name);
        write(property, json);
      }
      json.end_object();
    } else if (is_named(field.name, "anyOf")) {
      write_list(field, json);
    } else if (is_schema(field.name)) {
      write(field, json);
    } else if (is_count(field.name) && whole(field)) {
      json.integer(*whole(field));
    } else {
      json.raw(field.raw);
    }
  }
  json.end_object();
}

}  // namespace

std::string to_json_schema(const Value& schema) {
  std::string out;
  json::Writer json(out);
  write(schema, json);
  return out;
}

}  // namespace tandem::gateway::gemini
