// Which IP addresses belong to the public internet: not private, local, reserved, documentation or
// an envelope of another address. For connections to URLs that users give, so that nobody reaches
// what only the server can reach. Pure.
//   Source: the IANA registries of special-purpose addresses (RFC 6890 and its successors).
#pragma once

#include <string_view>

namespace tandem::net {

// `address` as text, "203.0.113.7" or "2001:db8::1"; what is no address is not public.
bool is_public_address(std::string_view address);

}  // namespace tandem::net
