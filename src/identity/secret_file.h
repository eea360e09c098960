// Small secrets in the data folder, mode 0600: the secret that key hashes are made with, and the
// admin key of the first start. Created whole or not at all, also where two servers start at once.
// Blocking; for start-up.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace tandem::identity {

struct SecretFile {
  std::string content;   // without the line end
  bool created = false;  // by this call
};

// The content of `path`, or what `make` returns, written there first. Refuses an empty file; one
// that others may read is used and logged as a warning.
Result<SecretFile> read_or_create_secret(const std::string& path,
                                         const std::function<std::string()>& make);

}  // namespace tandem::identity
