// Facts about the whole of identity's tables. Blocking; for start-up.
#pragma once

#include <string_view>

#include "base/result.h"
#include "store/db.h"

namespace tandem::identity {

// Remembers the fingerprint of the secret that keys are hashed with; StorageFailed where the
// database has that of another, because then no key in it could ever match.
Result<void> check_key_secret(store::Db& db, std::string_view fingerprint, std::string_view path);

}  // namespace tandem::identity
