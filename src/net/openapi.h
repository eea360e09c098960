// OpenAPI 3.1 out of the route table: what GET /openapi.json answers and the typed clients are
// generated from. Pure.
#pragma once

#include <string>

#include "net/route.h"

namespace tandem::net {

std::string openapi_json(const Routes& routes, std::string_view version);

}  // namespace tandem::net
