// The SQL of users and teams. Runs inside a transaction that the caller has; rules live in
// people.h.
#pragma once

#include <optional>
#include <vector>

#include "identity/requests.h"
#include "identity/types.h"
#include "store/db.h"

namespace tandem::identity::people_store {

Result<void> insert(store::Connection& c, const Team& team);
Result<std::optional<Team>> find(store::Connection& c, const TeamId& id);
Result<bool> update(store::Connection& c, const Team& team, int64_t version);
Result<void> remove(store::Connection& c, const TeamId& id);

Result<void> insert(store::Connection& c, const User& user);
Result<std::optional<User>> find(store::Connection& c, const UserId& id);
Result<bool> update(store::Connection& c, const User& user, int64_t version);
Result<void> remove(store::Connection& c, const UserId& id);

// `project`: absent for all. At most request.limit + 1 rows. Filter fields: name.
Result<std::vector<Team>> list_teams(store::Connection& c, const std::optional<ProjectId>& project,
                                     const ListRequest& request);
Result<std::vector<User>> list_users(store::Connection& c, const std::optional<ProjectId>& project,
                                     const ListRequest& request);

Result<int64_t> users_in_team(store::Connection& c, const TeamId& team);
// Users and teams.
Result<int64_t> people_in_project(store::Connection& c, const ProjectId& project);

}  // namespace tandem::identity::people_store
