// SecretRef: where a secret is kept, never the secret: `env:OPENAI_API_KEY` or
// `file:/run/secrets/x`. It is resolved when it is needed, so a rotated secret is seen by the next
// resolve().
//   TRY(Secret key, provider.api_key.resolve());
//   header += key.reveal();
// Secret overwrites its memory at the end of its life and has no way into a log but reveal().
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::config {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

class SecretRef {
 public:
  static constexpr std::string_view kTypeName = "secret reference";
  static constexpr bool kSecret = true;

  SecretRef() = default;
  static Result<SecretRef> parse(std::string_view text);
  const std::string& print() const { return reference_; }  // env:NAME or file:/path

  bool empty() const { return reference_.empty(); }
  // The value now; a line end after it is dropped. Unavailable where there is none.
  Result<Secret> resolve() const;

  friend bool operator==(const SecretRef&, const SecretRef&) = default;

 private:
  std::string reference_;
};

}  // namespace tandem::config
