// The JSON Schemas of what the trace API answers, for /openapi.json and the typed clients.
#pragma once

#include <string>
#include <string_view>

namespace tandem::trace {

std::string list_schema();
std::string trace_schema();
// What the filter language knows, in prose.
std::string_view list_description();

}  // namespace tandem::trace
