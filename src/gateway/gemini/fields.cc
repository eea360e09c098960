#include "gateway/gemini/fields.h"

#include "gateway/request_errors.h"

#include <algorithm>
#include <charconv>

namespace tandem::gateway::gemini {

using json::Value;

Failure cannot_say(std::string field, std::string_view what) {
  return fail(Code::InvalidArgument,
              "The field \"" + field +
                  "\" cannot be sent to a provider that speaks Gemini's API: " + std::string(what) +
                  ".",
              "Leave it out, or call an endpoint whose provider knows it.", std::move(field));
}

Failure malformed(std::string_view what) {
  return fail(Code::UpstreamError,
              "The provider's answer is not what it should be: " + std::string(what));
}

bool is_named(std::string_view name, std::string_view camel) {
  if (name == camel) return true;
  size_t at = 0;
  for (const char c : camel) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && (at >= name.size() || name[at++] != '_')) return false;
    if (at >= name.size() || name[at++] != (upper ? static_cast<char>(c + 32) : c)) return false;
  }
  return at == name.size();
}

const Value* find(const Value& object, std::string_view camel) {
  if (const Value* value = object.find(camel)) return value;
  if (!object.is_object()) return nullptr;
  for (const Value& child : object.children) {
    if (!child.is_null() && is_named(child.name, camel)) return &child;
  }
  return nullptr;
}

std::string_view find_text(const Value& object, std::string_view camel) {
  const Value* value = find(object, camel);
  return value && value->is_string() ? value->text : std::string_view{};
}

std::optional<int64_t> whole(const Value& value) {
  if (!value.is_string()) return value.integer();
  int64_t number = 0;
  const char* const last = value.text.data() + value.text.size();
  const auto [end, error] = std::from_chars(value.text.data(), last, number);
  if (error != std::errc{} || end != last) return std::nullopt;
  return number;
}

std::optional<double> real(const Value& value) {
  if (!value.is_string()) return value.number();
  double number = 0;
  const char* const last = value.text.data() + value.text.size();
  const auto [end, error] = std::from_chars(value.text.data(), last, number);
  if (error != std::errc{} || end != last) return std::nullopt;
  return number;
}

std::vector<const Value*> elements(const Value& field) {
  std::vector<const Value*> list;
  if (!field.is_array()) {
    list.push_back(&field);
    return list;
  }
  list.reserve(field.children.size());
  for (const Value& child : field.children) list.push_back(&child);
  return list;
}

Result<std::string> get_text(const Value& object, std::string_view camel, const std::string& at) {
  const Value* value = find(object, camel);
  if (value && value->is_string()) return std::string(value->text);
  return wrong_field(at.empty() ? std::string(camel) : at + "." + std::string(camel), "a text");
}

void keep(messages::Extras& extras, std::string_view name, std::string_view json) {
  extras.push_back({std::string(name), std::string(json), kName, false});
}

void note(messages::Extras& extras, std::string_view name, std::string_view json) {
  extras.push_back({std::string(name), std::string(json), kName, true});
}

const messages::Extra* find_note(bool own, const messages::Extras& extras, std::string_view name) {
  if (!own) return nullptr;
  for (const messages::Extra& extra : extras) {
    if (extra.is_note && extra.name == name) return &extra;
  }
  return nullptr;
}

void keep_unknown(const Value& object, std::initializer_list<std::string_view> known,
                  messages::Extras& extras, std::string_view prefix) {
  for (const Value& field : object.children) {
    const bool is_known = std::any_of(known.begin(), known.end(), [&](std::string_view camel) {
      return is_named(field.name, camel);
    });
    if (field.is_null() || is_known) continue;
    keep(extras, std::string(prefix) + std::string(field.name), field.raw);
  }
}

void write_extras(json::Writer& json, const messages::Extras& extras, std::string_view prefix) {
  for (const messages::Extra& extra : extras) {
    if (extra.is_note) continue;
    const std::string_view name = extra.name;
    const bool inside = name.find('.') != std::string_view::npos;
    if (prefix.empty() ? inside : !name.starts_with(prefix)) continue;
    json.key(name.substr(prefix.size())).raw(extra.json);
  }
}

void Dropped::add(std::string_view name) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.emplace_back(name);
}

void Dropped::add(const messages::Extras& extras) {
  for (const messages::Extra& extra : extras) {
    if (!extra.is_note) add(extra.name);
  }
}

}  // namespace tandem::gateway::gemini
