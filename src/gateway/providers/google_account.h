// A service account of Google Cloud, as its key file says it, and how it asks for an access token:
// an assertion (JWT, RS256) that it signs itself. Pure. Source: RFC 7523 and
// developers.google.com/identity/protocols/oauth2/service-account, 2026-11.
//   TRY(const ServiceAccount account, read_service_account(secret.reveal()));
//   TRY(const std::string form, token_request(account, now_s));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/url.h"

namespace tandem::gateway {

struct ServiceAccount {
  std::string email;
  std::string key_id;
  std::string private_key;  // PEM
  std::string token_uri;    // as written: it is the assertion's audience
  net::Url token_url;       // https, or http on this machine
};

// InvalidArgument names the field; nothing of the file is quoted.
Result<ServiceAccount> read_service_account(std::string_view json);

// "header.claims.signature", good for an hour from `now_s` (Unix seconds).
Result<std::string> signed_assertion(const ServiceAccount& account, int64_t now_s);
// The form that is posted to the token endpoint.
Result<std::string> token_request(const ServiceAccount& account, int64_t now_s);

struct AccessToken {
  std::string value;
  int64_t expires_in_s = 0;
};
// The token endpoint's answer. UpstreamError with its words where it refused.
Result<AccessToken> read_token_answer(std::string_view json);

}  // namespace tandem::gateway
