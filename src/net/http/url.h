// Base URLs of upstreams and the pieces of request targets (RFC 3986). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::net {

// Where a connection goes: what connection pools are keyed by.
struct Origin {
  bool tls = false;
  std::string host;  // lower case, without the brackets of IPv6
  std::string port;  // digits
  friend bool operator==(const Origin&, const Origin&) = default;
  std::string authority() const;  // "host:port", what the host header says (default port left out)
};

struct Url {
  Origin origin;
  std::string path;  // without a slash at its end: "" or "/v1"

  // http and https only; no user, query or fragment. InvalidArgument names what is wrong.
  static Result<Url> parse(std::string_view text);
};

// Undoes %xx (and + as a space where `plus_is_space`); nullopt where an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// The value of `name` in "a=1&b=2", decoded; nullopt where it is absent or malformed.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace tandem::net
