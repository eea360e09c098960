#include "base/config/read.h"
#include "identity/key_store.h"
#include "identity/paging.h"
#include "identity/people.h"
#include "identity/people_rules.h"

namespace tandem::identity {
namespace {

using store::Connection;

constexpr Permission kRead{"users", Access::Read};
constexpr Permission kWrite{"users", Access::Write};

Result<void> check_team(Connection& c, const User& user) {
  if (user.settings.team.empty()) return {};
  TRY(const auto team, people_store::find(c, user.settings.team));
  if (team && team->project == user.project) return {};
  return fail(errors::unknown_reference("team", user.settings.team.view(), user.project.view()));
}

Result<void> check_role(const Principal& by, const User& user) {
  if (by.every_project || user.settings.role <= by.role) return {};
  return fail(errors::role_above_own(user.settings.role, by.role));
}

}  // namespace

Task<Result<User>> Users::create(Principal by, CreateUser request, WriteOptions options) {
  User user;
  CO_TRY(user.project, project_for(by, request.project));
  CO_TRY_VOID(authorise(by, kWrite, user.project));
  user.id = UserId::make("user");
  user.settings = request;
  user.stamp.created_us = user.stamp.updated_us = wall_now_us();
  CO_TRY_VOID(check_role(by, user));
  auto job = [&](Connection& c) -> Result<User> {
    TRY_VOID(check_team(c, user));
    return people::insert_once(c, by, "user", std::move(user), request, options);
  };
  co_return co_await db_.write(std::move(job));
}

Task<Result<User>> Users::get(Principal by, UserId id) {
  if (by.user != id || id.empty()) CO_TRY_VOID(authorise(by, kRead));
  auto job = [&](Connection& c) { return people::get_visible<User>(c, by, "user", id); };
  co_return co_await db_.read(std::move(job));
}

Task<Result<Page<User>>> Users::list(Principal by, std::optional<ProjectId> project,
                                     ListRequest request) {
  CO_TRY_VOID(authorise(by, kRead));
  if (project || !by.every_project) {
    CO_TRY(project, project_for(by, project));
  }
  auto job = [&](Connection& c) { return people_store::list_users(c, project, request); };
  CO_TRY(std::vector<User> users, co_await db_.read(std::move(job)));
  co_return page_of(std::move(users), request);
}

Task<Result<User>> Users::patch(Principal by, UserId id, std::string body, WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  auto job = [&](Connection& c) -> Result<User> {
    TRY(User user, people::get_current<User>(c, by, "user", id, options));
    TRY_VOID(check_role(by, user));
    const Role before = user.settings.role;
    TRY(user.settings, config::patch_body<UserSettings>(body, std::move(user.settings)));
    TRY_VOID(check_role(by, user));
    TRY_VOID(check_team(c, user));
    if (user.settings.role < before) {
      TRY_VOID(key_store::lower_roles_of_user(c, id, user.settings.role, wall_now_us()));
    }
    return people::write_next(c, "user", std::move(user));
  };
  CO_TRY(User user, co_await db_.write(std::move(job)));
  CO_TRY_VOID(co_await refresher_.refresh());
  co_return user;
}

Task<Result<void>> Users::remove(Principal by, UserId id, WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  auto job = [&](Connection& c) -> Result<void> {
    TRY(const User user, people::get_current<User>(c, by, "user", id, options));
    TRY_VOID(check_role(by, user));
    TRY_VOID(key_store::revoke_of_user(c, id, wall_now_us()));
    return people_store::remove(c, id);
  };
  CO_TRY_VOID(co_await db_.write(std::move(job)));
  co_return co_await refresher_.refresh();
}

}  // namespace tandem::identity
