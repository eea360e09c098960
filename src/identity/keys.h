// Keys: the rules of making, changing, listing and revoking keys. Every call names who asks; what
// that principal may not see is NotFound. Owned by Identity; called on io threads.
//   CO_TRY(CreatedKey created, co_await keys.create(principal, request, options));
#pragma once

#include <string>
#include <utility>

#include "base/async/task.h"
#include "identity/key_budgets.h"
#include "identity/key_hash.h"
#include "identity/refresher.h"
#include "identity/requests.h"
#include "identity/types.h"
#include "store/db.h"

namespace tandem::identity {

struct Claim;

// The key of the server's administrator: not in the database, not managed by the API.
inline constexpr std::string_view kServerAdminKey = "key_admin";

class Keys {
 public:
  // All outlive it. `budgets` may be null: then keys have none.
  Keys(store::Db& db, const KeyHasher& hasher, Refresher& refresher, KeyBudgets* budgets)
      : db_(db), hasher_(hasher), refresher_(refresher), budgets_(budgets) {}

  // The key works when this returns. Repeated with the same Idempotency-Key within a day, it
  // answers the same key and text.
  Task<Result<CreatedKey>> create(Principal by, CreateKey request, WriteOptions options);
  // A key may read itself whatever its role.
  Task<Result<Key>> get(Principal by, KeyId id);
  // Filter fields: see kKeyFilterFields. An absent project: all that `by` may see.
  Task<Result<Page<Key>>> list(Principal by, std::optional<ProjectId> project, ListRequest request);
  // `body` is JSON of KeySettings, read over what the key is now. Effective when this returns.
  Task<Result<Key>> patch(Principal by, KeyId id, std::string body, WriteOptions options);
  // No request with the key is admitted any more when this returns.
  Task<Result<void>> revoke(Principal by, KeyId id, WriteOptions options);

  // What the key spends; empty without budgets.
  std::vector<KeySpend> spend(const KeyId& id, WallUs now_us) const;

 private:
  struct Draft;
  Result<Draft> draft(const Principal& by, const CreateKey& request, const WriteOptions& options);
  Task<Result<void>> give_budget(const Key& key, const std::optional<KeyBudget>& budget);
  Task<Result<void>> undo(KeyId id, const Claim& claim);
  Key with_budget(Key key) const;

  store::Db& db_;
  const KeyHasher& hasher_;
  Refresher& refresher_;
  KeyBudgets* const budgets_;
};

inline constexpr std::string_view kKeyFilterFields[] = {"name", "role", "user", "team"};

}  // namespace tandem::identity
