// The reference pages of docs/reference, made from the tables that the program itself works with.
#pragma once

#include <string>
#include <string_view>

namespace tandem::app {

// Prints the page `name`: configuration, errors or api. Exit code 64 for another.
int reference_command(const std::string& name);

std::string errors_reference();
// Every route, by section, from what GET /openapi.json answers.
std::string api_reference(std::string_view openapi);

}  // namespace tandem::app
