#include "identity/authenticator.h"

#include "identity/errors.h"
#include "identity/key_text.h"

namespace tandem::identity {

Result<Principal> Authenticator::authenticate(const Credentials& credentials, WallUs now_us) const {
  TRY(const PresentedKey key, find_key(credentials));
  if (key.text().size() > kMaxKeyBytes) return fail(errors::unknown_key(false));
  const auto entry = table_.find(hasher_.hash(key.text()));
  if (!entry) return fail(errors::unknown_key(is_key_text(key.text())));
  if (entry->expired(now_us)) return fail(errors::key_expired(entry->expires_us));
  entry->use->touch(now_us);
  return entry->principal;
}

Result<Principal> Authenticator::principal_of(const KeyId& id, WallUs now_us) const {
  const auto entry = table_.find(id);
  if (!entry) return fail(errors::key_revoked(id));
  if (entry->expired(now_us)) return fail(errors::key_expired(entry->expires_us));
  entry->use->touch(now_us);
  return entry->principal;
}

}  // namespace tandem::identity
