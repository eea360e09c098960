// Is this text JSON (RFC 8259)? For bytes that came from elsewhere and are spliced into our own
// answers as they are. Checks grammar, escapes, UTF-8 and depth; builds nothing. Pure, any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/limits.h"

namespace tandem::json {

// True where `text` is exactly one JSON value, spaces around it allowed, nested at most
// `max_depth` deep. Numbers of any size and lone surrogate escapes are valid, as in the grammar.
bool is_valid(std::string_view text, size_t max_depth = limits::kMaxJsonDepth);

}  // namespace tandem::json
