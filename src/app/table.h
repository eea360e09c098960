// JSON of the API as a text table for a terminal. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem::app {

// `json` is one object or {"data":[…]}; columns that an object lacks stay empty.
std::string render_table(std::string_view json, const std::vector<std::string>& columns);

}  // namespace tandem::app
