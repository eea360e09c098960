// Authenticator: who carries these credentials? Memory only; any thread; no lock (key_table.h).
// Table and hasher outlive it.
//   TRY(context.principal, authenticator.authenticate(credentials, wall_now_us()));
#pragma once

#include "base/context.h"
#include "base/result.h"
#include "identity/credentials.h"
#include "identity/key_hash.h"
#include "identity/key_table.h"

namespace tandem::identity {

class Authenticator {
 public:
  Authenticator(const KeyTable& table, const KeyHasher& hasher) : table_(table), hasher_(hasher) {}

  // Unauthenticated with a hint where there is no key, or one that is unknown, revoked or expired.
  Result<Principal> authenticate(const Credentials& credentials, WallUs now_us) const;
  // Whoever has the key `id`: for work that goes on in its name when nobody presents it. The same
  // errors where it is revoked or expired by now.
  Result<Principal> principal_of(const KeyId& id, WallUs now_us) const;

 private:
  const KeyTable& table_;
  const KeyHasher& hasher_;
};

}  // namespace tandem::identity
