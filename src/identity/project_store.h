// The SQL of projects. Runs inside a transaction that the caller has; rules live in projects.h.
#pragma once

#include <optional>
#include <vector>

#include "identity/requests.h"
#include "identity/types.h"
#include "store/db.h"

namespace tandem::identity::project_store {

// False where the id exists.
Result<bool> insert(store::Connection& c, const Project& project);
Result<std::optional<Project>> find(store::Connection& c, const ProjectId& id);
// `only`: the one project that the caller may see; absent for all.
Result<std::vector<Project>> list(store::Connection& c, const std::optional<ProjectId>& only,
                                  const ListRequest& request);
Result<std::vector<ProjectId>> ids(store::Connection& c);
// Where the row still has `version`; false where it has not.
Result<bool> update(store::Connection& c, const Project& project, int64_t version);
Result<void> remove(store::Connection& c, const ProjectId& id);

}  // namespace tandem::identity::project_store
