// Teams and users of a project. A user's keys may do no more than the user may, and are revoked
// with the user. Managed by administrators of the project. Owned by Identity; called on io threads.
#pragma once

#include <string>

#include "base/async/task.h"
#include "identity/refresher.h"
#include "identity/requests.h"
#include "identity/types.h"
#include "store/db.h"

namespace tandem::identity {

class Teams {
 public:
  explicit Teams(store::Db& db) : db_(db) {}

  Task<Result<Team>> create(Principal by, CreateTeam request, WriteOptions options);
  Task<Result<Team>> get(Principal by, TeamId id);
  Task<Result<Page<Team>>> list(Principal by, std::optional<ProjectId> project,
                                ListRequest request);
  Task<Result<Team>> patch(Principal by, TeamId id, std::string body, WriteOptions options);
  // Refused while users or keys belong to it.
  Task<Result<void>> remove(Principal by, TeamId id, WriteOptions options);

 private:
  store::Db& db_;
};

class Users {
 public:
  Users(store::Db& db, Refresher& refresher) : db_(db), refresher_(refresher) {}

  Task<Result<User>> create(Principal by, CreateUser request, WriteOptions options);
  Task<Result<User>> get(Principal by, UserId id);
  Task<Result<Page<User>>> list(Principal by, std::optional<ProjectId> project,
                                ListRequest request);
  // A lower role lowers the user's keys at once.
  Task<Result<User>> patch(Principal by, UserId id, std::string body, WriteOptions options);
  // Revokes the user's keys.
  Task<Result<void>> remove(Principal by, UserId id, WriteOptions options);

 private:
  store::Db& db_;
  Refresher& refresher_;
};

inline constexpr std::string_view kPeopleFilterFields[] = {"name"};

}  // namespace tandem::identity
