// The SQL of keys. Runs inside a transaction that the caller has; rules live in keys.h.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "identity/key_hash.h"
#include "identity/key_table.h"
#include "identity/requests.h"
#include "identity/types.h"
#include "store/db.h"

namespace tandem::identity::key_store {

// The number of the next change. Taken by every write of a key, in the order of the commits: the
// row stays locked until then.
Result<int64_t> next_sequence(store::Connection& c);
Result<int64_t> last_sequence(store::Connection& c);

Result<void> insert(store::Connection& c, const Key& key, const KeyHash& hash);
// Valid keys only; a revoked one is not found.
Result<std::optional<Key>> find(store::Connection& c, const KeyId& id);
// `project`: absent for all. At most request.limit + 1 rows, so that the caller sees whether more
// follow. Filter fields: name, role, user, team.
Result<std::vector<Key>> list(store::Connection& c, const std::optional<ProjectId>& project,
                              const ListRequest& request);
// Writes settings and stamp where the row still has `version`; false where it has not.
Result<bool> update(store::Connection& c, const Key& key, int64_t version);
Result<void> revoke(store::Connection& c, const KeyId& id, WallUs now_us);
// Every valid key of the user; returns how many.
Result<int64_t> revoke_of_user(store::Connection& c, const UserId& user, WallUs now_us);
// Keys of the user with a role above `most` get that role.
Result<void> lower_roles_of_user(store::Connection& c, const UserId& user, Role most,
                                 WallUs now_us);
// The rows that are kept of revoked keys.
Result<void> forget_revoked_of_project(store::Connection& c, const ProjectId& project);
Result<int64_t> count_in_project(store::Connection& c, const ProjectId& project);
Result<int64_t> count_in_team(store::Connection& c, const TeamId& team);

// What changed after `sequence`, as the table in memory wants it.
Result<std::vector<KeyTable::Change>> changes_after(store::Connection& c, int64_t sequence);

Result<void> set_last_used(store::Connection& c,
                           const std::vector<std::pair<KeyId, WallUs>>& times);

}  // namespace tandem::identity::key_store
