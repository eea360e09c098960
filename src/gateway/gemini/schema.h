// Gemini's own Schema (a part of OpenAPI 3.0 whose types are "OBJECT" and "STRING") as the JSON
// Schema that every other dialect speaks. The other way needs nothing: the API takes JSON Schema in
// fields of its own (parametersJsonSchema, responseJsonSchema). Pure.
// Source: Gemini API reference, Schema, 2026-11.
#pragma once

#include <string>

#include "base/json/tree.h"

namespace tandem::gateway::gemini {

// What is not known here stays as it is.
std::string to_json_schema(const json::Value& schema);

}  // namespace tandem::gateway::gemini
