// Idempotency-Key: a creation that is repeated with the same key answers with what the first one
// made. Claims last a day and belong to the key that made them. Inside the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "identity/requests.h"
#include "store/db.h"

namespace tandem::identity {

struct Claim {
  KeyId owner;  // who asks
  std::string idempotency_key;
  std::string fingerprint;  // of the request: what may not differ when it is repeated
  std::string resource;     // the id of what is about to be made
  std::string nonce;        // kept for the repetition; see KeyHasher::derive_key_text
};

struct EarlierClaim {
  std::string resource;
  std::string nonce;
};

// Remembers the claim; nullopt: it is the first. InvalidArgument where the key was used for another
// request. Forgets claims of more than a day ago.
Result<std::optional<EarlierClaim>> claim(store::Connection& c, const Claim& claim, WallUs now_us);

// Forgets the claim: what it was made for did not come about.
Result<void> unclaim(store::Connection& c, const Claim& claim);

// Of the kind of resource and the request as canonical JSON.
std::string fingerprint_of(std::string_view kind, std::string_view json);

}  // namespace tandem::identity
