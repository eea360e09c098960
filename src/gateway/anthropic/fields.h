// Small steps over the fields of a JSON object that every reader here takes: texts, counts, what
// is left over. Pure.
//   TRY(const std::string name, get_text(block, "name", "tools[0]"));
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "base/result.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::anthropic {

inline constexpr std::string_view kName = "anthropic";

// A JSON object. Errors are of `code`.
Result<boost::json::object> parse_object(std::string_view text, Code code);
std::string raw(const boost::json::value& value);

// Null where the field is missing or null.
const boost::json::value* find(const boost::json::object& object, std::string_view key);
const boost::json::object* find_object(const boost::json::object& object, std::string_view key);
// Empty where it is missing or no text.
std::string text_or_empty(const boost::json::object& object, std::string_view key);
// `where` is the path of the object.
Result<std::string> get_text(const boost::json::object& object, std::string_view key,
                             const std::string& where);
std::optional<int64_t> find_count(const boost::json::object& object, std::string_view key);

enum class Nulls : uint8_t { Keep, Skip };
// All fields of `object` but `known`.
messages::Extras rest_of(const boost::json::object& object,
                         std::initializer_list<std::string_view> known, Nulls nulls);
// Into the object that is open. Notes are not written.
void write_extras(json::Writer& json, const messages::Extras& extras);

}  // namespace tandem::gateway::anthropic
