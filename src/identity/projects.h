// Projects: the tenant boundary. Only the admin key of the server makes, changes and deletes them;
// every key sees its own. Owned by Identity; called on io threads.
#pragma once

#include <string>
#include <vector>

#include "base/async/task.h"
#include "identity/refresher.h"
#include "identity/requests.h"
#include "identity/types.h"
#include "store/db.h"

namespace tandem::identity {

inline constexpr std::string_view kDefaultProject = "default";

class Projects {
 public:
  Projects(store::Db& db, Refresher& refresher) : db_(db), refresher_(refresher) {}

  Task<Result<Project>> create(Principal by, ProjectSettings request, WriteOptions options);
  Task<Result<Project>> get(Principal by, ProjectId id);
  Task<Result<Page<Project>>> list(Principal by, ListRequest request);
  // Only the description may change.
  Task<Result<Project>> patch(Principal by, ProjectId id, std::string body, WriteOptions options);
  // Refused while keys, users or teams belong to it.
  Task<Result<void>> remove(Principal by, ProjectId id, WriteOptions options);

  // What the configuration file declares, at start: these exist and are read-only; those that it
  // declared before and no longer does become managed by the API. Blocking.
  Result<void> declare(const std::vector<ProjectSettings>& declared);

 private:
  store::Db& db_;
  Refresher& refresher_;
};

}  // namespace tandem::identity
