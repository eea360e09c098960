// Credentials: where a request may carry its key, as views, so that HTTP, gRPC and tests all fill
// it.
//   identity::Credentials credentials{.authorization = request.header("authorization"), …};
//   TRY(PresentedKey key, identity::find_key(credentials));
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::identity {

// What stands in each header; empty where it is absent. The views outlive the call only.
struct Credentials {
  std::string_view authorization;   // Bearer, or Basic with the key as the password
  std::string_view x_api_key;       // Anthropic
  std::string_view api_key;         // Azure
  std::string_view x_goog_api_key;  // Google

  bool none() const {
    return authorization.empty() && x_api_key.empty() && api_key.empty() && x_goog_api_key.empty();
  }
};

// The key of a request: a view into a header, or into the decoded Basic password.
class PresentedKey {
 public:
  explicit PresentedKey(std::string_view header) : view_(header) {}
  explicit PresentedKey(std::string decoded, size_t from);

  std::string_view text() const { return decoded_.empty() ? view_ : password(); }

 private:
  std::string_view password() const { return std::string_view(decoded_).substr(from_); }

  std::string_view view_;
  std::string decoded_;
  size_t from_ = 0;
};

// Longer keys are none of ours; nothing longer is ever hashed.
inline constexpr size_t kMaxKeyBytes = 256;

// The key that the request carries: the first header with one that begins with tk-, else the first
// header with any, in the order of the struct. Unauthenticated where there is none.
Result<PresentedKey> find_key(const Credentials& credentials);

}  // namespace tandem::identity
