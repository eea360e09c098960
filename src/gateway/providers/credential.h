// Credential: how one key proves to a provider who asks: a header field with a secret in it, a
// signature over the request, or a token that must be fetched first. What it holds are references:
// a secret that changes is used without a restart. One object serves all io threads.
//   if (credential.must_fetch(now_us)) CO_TRY_VOID(co_await credential.fetch(attempt));
//   TRY_VOID(credential.append_to(request, now_us, header_block));
#pragma once

#include <string>
#include <string_view>

#include "base/async/task.h"
#include "base/clock.h"
#include "base/result.h"
#include "gateway/targets/secret_header.h"
#include "net/http/url.h"

namespace tandem::gateway {

struct AttemptContext;

// What a signature is made over.
struct UnsignedRequest {
  const net::Origin& origin;
  std::string_view path;  // with its query, as it will be sent
  std::string_view body;
};

class Credential {
 public:
  virtual ~Credential() = default;
  // Whether append_to() must wait for a token, and the call that gets it. Other calls may be
  // fetching the same one: at most one asks.
  virtual bool must_fetch(SteadyUs /*now_us*/) const { return false; }
  virtual Task<Result<void>> fetch(AttemptContext& attempt);
  // Appends header fields to `block`. Unavailable where the secret cannot be read.
  virtual Result<void> append_to(const UnsignedRequest& request, SteadyUs now_us,
                                 std::string& block) const = 0;
};

// "authorization: Bearer <secret>", "x-api-key: <secret>"; nothing where there is no secret.
class HeaderCredential final : public Credential {
 public:
  HeaderCredential(std::string_view header, std::string prefix, config::SecretRef secret);
  Result<void> append_to(const UnsignedRequest& request, SteadyUs now_us,
                         std::string& block) const override;

 private:
  const std::string header_;
  SecretHeader value_;
};

}  // namespace tandem::gateway
