// Described values written out: JSON for the API, YAML with origins for `tandem config print`, and
// the difference of two values for `?dry_run=true`. Secrets appear as their reference only,
// because a value never holds anything else (secret.h).
#pragma once

#include <string>
#include <vector>

#include "base/config/describe.h"
#include "base/config/read.h"
#include "base/json/writer.h"

namespace tandem::config {

void write_json(json::Writer& out, const Type& type, const void* value);

template <class T>
void write_json(json::Writer& out, const T& value) {
  write_json(out, type_of<T>(), &value);
}

template <class T>
std::string to_json(const T& value) {
  std::string out;
  json::Writer writer(out);
  write_json(writer, type_of<T>(), &value);
  return out;
}

// The members of a struct without the braces: for objects that have further keys (id, version).
void write_json_members(json::Writer& out, const StructType& type, const void* value);

template <class T>
void write_json_members(json::Writer& out, const T& value) {
  write_json_members(out, static_cast<const StructType&>(type_of<T>()), &value);
}

// The whole value as YAML that reads back to the same value; each scalar is followed by a comment
// that says where it came from.
std::string print_yaml(const Type& type, const void* value, const Origins& origins);

template <class T>
std::string print_yaml(const T& value, const Origins& origins = {}) {
  return print_yaml(type_of<T>(), &value, origins);
}

// One leaf, list entry or map entry that differs. An empty side is absent there.
struct Change {
  std::string path;
  std::string before;  // JSON
  std::string after;   // JSON
  friend bool operator==(const Change&, const Change&) = default;
};

std::vector<Change> diff(const Type& type, const void* before, const void* after);

template <class T>
std::vector<Change> diff(const T& before, const T& after) {
  return diff(type_of<T>(), &before, &after);
}

// [{"path":…,"before":…,"after":…}], absent sides null.
void write_changes(json::Writer& out, const std::vector<Change>& changes);

}  // namespace tandem::config
