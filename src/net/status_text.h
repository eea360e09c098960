// Reason phrases of the HTTP status codes that Tandem sends (RFC 9110 section 15).
#pragma once

#include <string_view>

namespace tandem::net {

std::string_view status_text(int status);

}  // namespace tandem::net
