#include "identity/people_store.h"

namespace tandem::identity::people_store {
namespace {

using store::Connection;
using store::kNull;
using store::Param;
using store::Row;
using store::Statement;

#define TEAM_COLUMNS "id, project, name, created_us, updated_us, version"
#define USER_COLUMNS "id, project, name, created_us, updated_us, version, email, role, team"

// Both lists have the same conditions; `table` and `columns` are literals.
#define LIST_NEWEST(columns, table)                                                 \
  "SELECT " columns " FROM " table                                                  \
  " WHERE (CAST(? AS TEXT) IS NULL OR project = ?)"                                 \
  " AND (CAST(? AS TEXT) IS NULL OR name = ?)"                                      \
  " AND (CAST(? AS TEXT) IS NULL OR created_us < ? OR (created_us = ? AND id < ?))" \
  " ORDER BY created_us DESC, id DESC LIMIT ?"
#define LIST_OLDEST(columns, table)                                                 \
  "SELECT " columns " FROM " table                                                  \
  " WHERE (CAST(? AS TEXT) IS NULL OR project = ?)"                                 \
  " AND (CAST(? AS TEXT) IS NULL OR name = ?)"                                      \
  " AND (CAST(? AS TEXT) IS NULL OR created_us > ? OR (created_us = ? AND id > ?))" \
  " ORDER BY created_us, id LIMIT ?"

constexpr Statement kTeamInsert{"teams_insert",
                                "INSERT INTO teams (" TEAM_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)"};
constexpr Statement kTeamFind{"teams_find", "SELECT " TEAM_COLUMNS " FROM teams WHERE id = ?"};
constexpr Statement kTeamUpdate{"teams_update",
                                "UPDATE teams SET name = ?, updated_us = ?, version = ? "
                                "WHERE id = ? AND version = ?"};
constexpr Statement kTeamRemove{"teams_remove", "DELETE FROM teams WHERE id = ?"};
constexpr Statement kTeamsNewest{"teams_list_newest", LIST_NEWEST(TEAM_COLUMNS, "teams")};
constexpr Statement kTeamsOldest{"teams_list_oldest", LIST_OLDEST(TEAM_COLUMNS, "teams")};

constexpr Statement kUserInsert{
    "users_insert", "INSERT INTO users (" USER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"};
constexpr Statement kUserFind{"users_find", "SELECT " USER_COLUMNS " FROM users WHERE id = ?"};
constexpr Statement kUserUpdate{"users_update",
                                "UPDATE users SET name = ?, email = ?, role = ?, team = ?, "
                                "updated_us = ?, version = ? WHERE id = ? AND version = ?"};
constexpr Statement kUserRemove{"users_remove", "DELETE FROM users WHERE id = ?"};
constexpr Statement kUsersNewest{"users_list_newest", LIST_NEWEST(USER_COLUMNS, "users")};
constexpr Statement kUsersOldest{"users_list_oldest", LIST_OLDEST(USER_COLUMNS, "users")};

constexpr Statement kUsersInTeam{"users_in_team", "SELECT COUNT(*) FROM users WHERE team = ?"};
constexpr Statement kPeopleInProject{"people_in_project",
                                     "SELECT (SELECT COUNT(*) FROM users WHERE project = ?) + "
                                     "(SELECT COUNT(*) FROM teams WHERE project = ?)"};

Team team_of(const Row& row) {
  Team team;
  team.id = TeamId(row.text(0));
  team.project = ProjectId(row.text(1));
  team.settings.name = row.str(2);
  team.stamp = {row.integer(3), row.integer(4), row.integer(5)};
  return team;
}

User user_of(const Row& row) {
  User user;
  user.id = UserId(row.text(0));
  user.project = ProjectId(row.text(1));
  user.settings.name = row.str(2);
  user.stamp = {row.integer(3), row.integer(4), row.integer(5)};
  user.settings.email = row.str(6);
  user.settings.role = parse_role(row.text(7)).value_or(Role::User);
  user.settings.team = TeamId(row.text(8));
  return user;
}

Param team_param(const TeamId& team) {
  return team.empty() ? Param(kNull) : Param(team.view());
}

template <class Map>
auto list(Connection& c, const Statement& newest, const Statement& oldest,
          const std::optional<ProjectId>& project, const ListRequest& request, Map map) {
  const Cursor after = request.after.value_or(Cursor());
  const Param in = project ? Param(project->view()) : Param(kNull);
  const auto named = request.equal.find("name");
  const Param name =
      named == request.equal.end() ? Param(kNull) : Param(std::string_view(named->second));
  const Param from = after.id.empty() ? Param(kNull) : Param(std::string_view(after.id));
  return c.list(
      request.order == Order::NewestFirst ? newest : oldest,
      {in, in, name, name, from, after.created_us, after.created_us, after.id, request.limit + 1},
      map);
}

Result<int64_t> count(Connection& c, const Statement& statement,
                      std::initializer_list<Param> params) {
  TRY(const auto found, c.find(statement, params, [](const Row& row) { return row.integer(0); }));
  return found.value_or(0);
}

}  // namespace

Result<void> insert(Connection& c, const Team& team) {
  TRY_VOID(c.run(kTeamInsert, {team.id.view(), team.project.view(), team.settings.name,
                               team.stamp.created_us, team.stamp.updated_us, team.stamp.version}));
  return {};
}

Result<std::optional<Team>> find(Connection& c, const TeamId& id) {
  return c.find(kTeamFind, {id.view()}, team_of);
}

Result<bool> update(Connection& c, const Team& team, int64_t version) {
  TRY(const int64_t rows, c.run(kTeamUpdate, {team.settings.name, team.stamp.updated_us,
                                              team.stamp.version, team.id.view(), version}));
  return rows == 1;
}

Result<void> remove(Connection& c, const TeamId& id) {
  TRY_VOID(c.run(kTeamRemove, {id.view()}));
  return {};
}

Result<void> insert(Connection& c, const User& user) {
  TRY_VOID(c.run(kUserInsert,
                 {user.id.view(), user.project.view(), user.settings.name, user.stamp.created_us,
                  user.stamp.updated_us, user.stamp.version, user.settings.email,
                  role_name(user.settings.role), team_param(user.settings.team)}));
  return {};
}

Result<std::optional<User>> find(Connection& c, const UserId& id) {
  return c.find(kUserFind, {id.view()}, user_of);
}

Result<bool> update(Connection& c, const User& user, int64_t version) {
  TRY(const int64_t rows,
      c.run(kUserUpdate, {user.settings.name, user.settings.email, role_name(user.settings.role),
                          team_param(user.settings.team), user.stamp.updated_us, user.stamp.version,
                          user.id.view(), version}));
  return rows == 1;
}

Result<void> remove(Connection& c, const UserId& id) {
  TRY_VOID(c.run(kUserRemove, {id.view()}));
  return {};
}

Result<std::vector<Team>> list_teams(Connection& c, const std::optional<ProjectId>& project,
                                     const ListRequest& request) {
  return list(c, kTeamsNewest, kTeamsOldest, project, request, team_of);
}

Result<std::vector<User>> list_users(Connection& c, const std::optional<ProjectId>& project,
                                     const ListRequest& request) {
  return list(c, kUsersNewest, kUsersOldest, project, request, user_of);
}

Result<int64_t> users_in_team(Connection& c, const TeamId& team) {
  return count(c, kUsersInTeam, {team.view()});
}

Result<int64_t> people_in_project(Connection& c, const ProjectId& project) {
  return count(c, kPeopleInProject, {project.view(), project.view()});
}

}  // namespace tandem::identity::people_store
