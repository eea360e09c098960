// Cursors of lists: where the last page ended, as opaque text. A cursor names a place in an order
// and nothing else: the project comes from the caller's key, so a forged one shows nothing new. One
// that was cut, changed or taken from another query is an InvalidArgument error. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::trace {

struct Cursor {
  int64_t value = 0;  // of the column that the list is ordered by
  int64_t key = 0;    // breaks ties
};

// `query`: what the cursor belongs to (filter, order, scope).
std::string encode_cursor(const Cursor& cursor, std::string_view query);
Result<Cursor> decode_cursor(std::string_view text, std::string_view query);

}  // namespace tandem::trace
