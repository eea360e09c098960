// UTF-8 (RFC 3629) checks. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace tandem::text {

// Bytes of the valid sequence that `text` starts with: 1 to 4, or 0 where it is malformed,
// overlong, a surrogate, above U+10FFFF, cut short or empty.
size_t utf8_sequence_length(std::string_view text);

bool is_valid_utf8(std::string_view text);

// How many bytes at the end of `text` begin a sequence whose rest has not come yet (0 to 3).
size_t incomplete_utf8_tail(std::string_view text);

}  // namespace tandem::text
