// Reads described structs from documents. Every problem of a document is reported at once.
//   TRY(auto body, config::read_body<CreateKey>(request.body()));           // JSON of the API
//   TRY(auto loaded, config::load<Settings>(layers));                      // config/load.h
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/config/describe.h"
#include "base/config/node.h"
#include "base/config/problems.h"

namespace tandem::config {

// Where each value that was given came from, by path; what is not listed is a default.
using Origins = std::map<std::string, Place>;

// Whole: fields marked required() must be given. Patch: only those of objects that are new.
enum class Reading : uint8_t { Whole, Patch };

// Reads `node` over what `value` holds: absent fields keep their value, lists are replaced, maps
// are merged. `origins` may be null.
void read(const Node& node, const Type& type, void* value, Errors& errors, Origins* origins,
          Reading reading = Reading::Whole);

template <class T>
Result<T> read(const Node& node, T value = T{}) {
  Errors errors;
  read(node, type_of<T>(), &value, errors, nullptr);
  TRY_VOID(errors.result());
  return value;
}

// The JSON body of an API request. `value` is what the fields default to.
template <class T>
Result<T> read_body(std::string_view body, T value = T{}) {
  TRY(const Node node, parse_body(body));
  return read<T>(node, std::move(value));
}

// The JSON body of a PATCH, over what the resource is now; null clears an optional.
template <class T>
Result<T> patch_body(std::string_view body, T value) {
  TRY(const Node node, parse_body(body));
  Errors errors;
  read(node, type_of<T>(), &value, errors, nullptr, Reading::Patch);
  TRY_VOID(errors.result());
  return value;
}

}  // namespace tandem::config
