#include "gateway/responses/fields.h"

#include <algorithm>

namespace tandem::gateway::responses {
namespace {

using messages::Extra;
using messages::Extras;

bool is_known(std::string_view name, std::span<const std::string_view> known) {
  return std::find(known.begin(), known.end(), name) != known.end();
}

}  // namespace

std::string element(const std::string& list, size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

void keep_field(std::string_view name, std::string_view json, Extras& extras) {
  extras.push_back({std::string(name), std::string(json), kName, false});
}

void keep_note(std::string_view name, std::string_view json, Extras& extras) {
  extras.push_back({std::string(name), std::string(json), kName, true});
}

void keep_unknown(const json::Value& object, std::initializer_list<std::string_view> known,
                  Extras& extras) {
  for (const json::Value& field : object.children) {
    if (field.is_null() || is_known(field.name, {known.begin(), known.size()})) continue;
    // A list without anything in it says nothing that another dialect would miss.
    const bool empty = field.is_array() && field.children.empty();
    extras.push_back({std::string(field.name), std::string(field.raw), kName, empty});
  }
}

std::string unknown_members(const json::Value& object, std::span<const std::string_view> known) {
  std::string members;
  for (const json::Value& field : object.children) {
    if (field.is_null() || is_known(field.name, known)) continue;
    if (!members.empty()) members += ',';
    json::append_string(members, field.name);
    members += ':';
    members += field.raw;
  }
  return members;
}

const Extra* find_note(const Extras& extras, std::string_view name) {
  const auto found = std::find_if(extras.begin(), extras.end(), [name](const Extra& extra) {
    return extra.is_note && extra.dialect == kName && extra.name == name;
  });
  return found == extras.end() ? nullptr : &*found;
}

void write_extras(const Extras& extras, json::Writer& json) {
  for (const Extra& extra : extras) {
    if (extra.dialect != kName || (extra.is_note && extra.name.starts_with("item"))) continue;
    json.key(extra.name).raw(extra.json);
  }
}

void write_members(std::string_view members, json::Writer& json) {
  if (!members.empty()) json.raw(members);
}

bool take_data_url(std::string_view url, messages::Media& media) {
  constexpr std::string_view kScheme = "data:", kCoding = ";base64,";
  if (!url.starts_with(kScheme)) return false;
  const size_t coding = url.find_first_of(";,");
  if (coding == std::string_view::npos || coding == kScheme.size()) return false;
  if (!url.substr(coding).starts_with(kCoding)) return false;
  if (url.size() == coding + kCoding.size()) return false;  // of nothing
  media.type = url.substr(kScheme.size(), coding - kScheme.size());
  media.data = url.substr(coding + kCoding.size());
  return true;
}

std::string data_url(const messages::Media& media) {
  return "data:" + media.type + ";base64," + media.data;
}

}  // namespace tandem::gateway::responses
