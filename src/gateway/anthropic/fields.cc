#include "gateway/anthropic/fields.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/limits.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::anthropic {

namespace bj = boost::json;

Result<bj::object> parse_object(std::string_view text, Code code) {
  bj::parse_options options;
  options.max_depth = limits::kMaxJsonDepth;
  boost::system::error_code error;
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error, {}, options);
  if (error) return fail(code, "This is not valid JSON: " + error.message() + ".");
  if (!value.is_object()) return fail(code, "A JSON object was expected.");
  return std::move(value.get_object());
}

std::string raw(const bj::value& value) {
  return bj::serialize(value);
}

const bj::value* find(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value && !value->is_null() ? value : nullptr;
}

const bj::object* find_object(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

std::string text_or_empty(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<std::string> get_text(const bj::object& object, std::string_view key,
                             const std::string& where) {
  const bj::value* value = object.if_contains(key);
  if (value && value->is_string()) return std::string(value->get_string());
  return wrong_field(where.empty() ? std::string(key) : where + "." + std::string(key), "a text");
}

std::optional<int64_t> find_count(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  if (!value || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto count = value->to_number<int64_t>(error);
  if (error) return std::nullopt;
  return count;
}

messages::Extras rest_of(const bj::object& object, std::initializer_list<std::string_view> known,
                         Nulls nulls) {
  messages::Extras extras;
  for (const auto& [key, value] : object) {
    const std::string_view name(key.data(), key.size());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (nulls == Nulls::Skip && value.is_null()) continue;
    extras.push_back({std::string(name), raw(value), kName});
  }
  return extras;
}

void write_extras(json::Writer& json, const messages::Extras& extras) {
  for (const messages::Extra& extra : extras) {
    if (!extra.is_note) json.key(extra.name).raw(extra.json);
  }
}

}  // namespace tandem::gateway::anthropic
