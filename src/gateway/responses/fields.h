// Small readers of the Responses API's JSON, and how what the model of ../messages/ has no place
// for is kept: as extras of this dialect. Notes whose name begins with "item" say how an item was
// written (its id, its status, fields that nobody here knows) and stand on its first part. Pure.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "base/result.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::responses {

inline constexpr std::string_view kName = "responses";

std::string element(const std::string& list, size_t index);  // "input[2]"

void keep_field(std::string_view name, std::string_view json, messages::Extras& extras);
void keep_note(std::string_view name, std::string_view json, messages::Extras& extras);
// Fields of `object` that are not among `known`, as they were written; null is not there.
void keep_unknown(const json::Value& object, std::initializer_list<std::string_view> known,
                  messages::Extras& extras);
// The same as the members of an object, without its brackets.
std::string unknown_members(const json::Value& object, std::span<const std::string_view> known);

const messages::Extra* find_note(const messages::Extras& extras, std::string_view name);
inline bool has_note(const messages::Extras& extras, std::string_view name) {
  return find_note(extras, name) != nullptr;
}
// Every extra but those that say how an item was written, as fields of the open object.
void write_extras(const messages::Extras& extras, json::Writer& json);
void write_members(std::string_view members, json::Writer& json);  // may be empty

// "data:image/png;base64,…" (RFC 2397) without further parameters; false: anything else.
bool take_data_url(std::string_view url, messages::Media& media);
std::string data_url(const messages::Media& media);

}  // namespace tandem::gateway::responses
