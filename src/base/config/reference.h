// The documentation of described structs, from the same description that reads them: a markdown
// table for docs/reference and a JSON Schema (2020-12) for /openapi.json. Pure.
//   std::string page = config::markdown_reference<Settings>();
//   route.request_schema = config::json_schema<CreateKey>();
#pragma once

#include <string>

#include "base/config/describe.h"

namespace tandem::config {

// One table row per key: key, type, default, meaning; choices and short forms below the table.
// Map entries are written <name>, list items [].
std::string markdown_reference(const Type& type);

template <class T>
std::string markdown_reference() {
  return markdown_reference(type_of<T>());
}

std::string json_schema(const Type& type);

template <class T>
std::string json_schema() {
  return json_schema(type_of<T>());
}

}  // namespace tandem::config
