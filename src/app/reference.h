// The reference pages of docs/reference, made from the tables that the program itself works with.
#pragma once

#include <string>

#include "net/route.h"

namespace tandem::app {

// Prints the page `name`: configuration or errors. Exit code 64 for another.
int reference_command(const std::string& name);

std::string errors_reference();

}  // namespace tandem::app
