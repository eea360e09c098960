// SecretHeader: a header value with a secret in it, as every call to a provider needs it. The
// reference is resolved again when the value is a second old, so that a rotated secret is used
// within a second and no call reads a file. Any thread.
//   SecretHeader header;  header.set("Bearer ", config.api_key);
//   TRY(auto value, header.get(steady_now_us()));   // value->reveal(); empty without a secret
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/async/snapshot.h"
#include "base/clock.h"
#include "base/config/secret.h"

namespace tandem::gateway {

class SecretHeader {
 public:
  // Once, before any get().
  void set(std::string prefix, config::SecretRef reference);
  // Unavailable where the secret cannot be read now and never could; else the last one read.
  Result<std::shared_ptr<const config::Secret>> get(SteadyUs now_us) const;

 private:
  static constexpr int64_t kFreshUs = 1'000'000;
  Result<std::shared_ptr<const config::Secret>> refresh() const;

  std::string prefix_;
  config::SecretRef reference_;
  mutable Snapshot<config::Secret> value_;
  mutable std::atomic<SteadyUs> stale_at_us_{0};
};

}  // namespace tandem::gateway
