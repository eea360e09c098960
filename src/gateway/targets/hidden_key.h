// A provider that refuses a call may repeat the key that it was called with. That key is the
// operator's: it reaches neither the client nor a trace nor the log. Pure.
//   hide_keys(error, header_block);   // "Incorrect API key provided: [key]."
#pragma once

#include <string_view>

#include "base/error/error.h"

namespace tandem::gateway {

// `header_block`: the fields that proved us ("authorization: Bearer …\r\n", "x-api-key: …\r\n");
// what stands in fields whose names end in authorization, key or token is taken out of `error`.
void hide_keys(Error& error, std::string_view header_block);

}  // namespace tandem::gateway
