// Identity: the composition of this folder, opened once by the composition root. Its store, and the
// budgets where there are any, outlive it; any thread.
//   TRY(auto identity, Identity::open(db, {.data_dir = dir, .admin_key = env}));
//   if (identity->new_admin_key()) …print it once…
//   TRY(context.principal, identity->authenticator().authenticate(credentials, wall_now_us()));
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/async/task.h"
#include "identity/authenticator.h"
#include "identity/call_limits.h"
#include "identity/keys.h"
#include "identity/people.h"
#include "identity/projects.h"
#include "identity/rate_limits.h"
#include "identity/refresher.h"
#include "store/db.h"

namespace tandem::identity {

struct IdentityOptions {
  std::string data_dir;    // holds key.secret and admin.key
  std::string admin_key;   // of TANDEM_ADMIN_KEY; empty: DIR/admin.key, made at the first start
  std::string key_secret;  // 64 hexadecimal digits that nodes share; empty: DIR/key.secret
  KeyBudgets* budgets = nullptr;
  UsedSince used_since;  // of the ledger; empty: limits of days and months start at zero
};

class Identity {
 public:
  // The tables must be there (identity::migrations()). Blocking.
  static Result<std::unique_ptr<Identity>> open(store::Db& db, IdentityOptions options);

  // The admin key that this start made; print it once.
  const std::optional<std::string>& new_admin_key() const { return new_admin_key_; }

  const Authenticator& authenticator() const { return authenticator_; }
  RateLimits& rate_limits() { return rate_limits_; }
  Keys& keys() { return keys_; }
  CallLimitsService& call_limits() { return call_limits_; }
  Projects& projects() { return projects_; }
  Teams& teams() { return teams_; }
  Users& users() { return users_; }
  const Refresher& refresher() const { return refresher_; }

  // The admin key acts in the project that it names (header x-tandem-project); other keys may only
  // name their own. An empty name changes nothing.
  Result<void> enter_project(Principal& principal, std::string_view project) const;

  // A secret of `what` that follows from this server's own (and is the same on every node): nothing
  // has to be kept to know it again.
  std::string derive_secret(std::string_view what) const { return hasher_->derive_bytes(what); }

  // Takes in what other nodes changed; where several share a database, twice a second. Blocking.
  Result<void> refresh_now();
  // Writes when keys were last used; now and then (a minute) and at the end. Losing it loses only
  // that. Blocking.
  Result<void> store_last_used_now();

 private:
  Identity(store::Db& db, std::unique_ptr<KeyHasher> hasher, KeyBudgets* budgets);
  Result<void> add_admin_key(const IdentityOptions& options);

  store::Db& db_;
  const std::unique_ptr<KeyHasher> hasher_;
  KeyTable table_;
  RateLimits rate_limits_;
  CallLimitsService call_limits_;
  Refresher refresher_;
  Authenticator authenticator_;
  Keys keys_;
  Projects projects_;
  Teams teams_;
  Users users_;
  std::optional<std::string> new_admin_key_;
};

}  // namespace tandem::identity
