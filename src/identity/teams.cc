#include "base/config/read.h"
#include "identity/key_store.h"
#include "identity/paging.h"
#include "identity/people.h"
#include "identity/people_rules.h"

namespace tandem::identity {
namespace {

using store::Connection;

constexpr Permission kRead{"teams", Access::Read};
constexpr Permission kWrite{"teams", Access::Write};

}  // namespace

Task<Result<Team>> Teams::create(Principal by, CreateTeam request, WriteOptions options) {
  Team team;
  CO_TRY(team.project, project_for(by, request.project));
  CO_TRY_VOID(authorise(by, kWrite, team.project));
  team.id = TeamId::make("team");
  team.settings = request;
  team.stamp.created_us = team.stamp.updated_us = wall_now_us();
  auto job = [&](Connection& c) {
    return people::insert_once(c, by, "team", std::move(team), request, options);
  };
  co_return co_await db_.write(std::move(job));
}

Task<Result<Team>> Teams::get(Principal by, TeamId id) {
  CO_TRY_VOID(authorise(by, kRead));
  auto job = [&](Connection& c) { return people::get_visible<Team>(c, by, "team", id); };
  co_return co_await db_.read(std::move(job));
}

Task<Result<Page<Team>>> Teams::list(Principal by, std::optional<ProjectId> project,
                                     ListRequest request) {
  CO_TRY_VOID(authorise(by, kRead));
  if (project || !by.every_project) {
    CO_TRY(project, project_for(by, project));
  }
  auto job = [&](Connection& c) { return people_store::list_teams(c, project, request); };
  CO_TRY(std::vector<Team> teams, co_await db_.read(std::move(job)));
  co_return page_of(std::move(teams), request);
}

Task<Result<Team>> Teams::patch(Principal by, TeamId id, std::string body, WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  auto job = [&](Connection& c) -> Result<Team> {
    TRY(Team team, people::get_current<Team>(c, by, "team", id, options));
    TRY(team.settings, config::patch_body<TeamSettings>(body, std::move(team.settings)));
    return people::write_next(c, "team", std::move(team));
  };
  co_return co_await db_.write(std::move(job));
}

Task<Result<void>> Teams::remove(Principal by, TeamId id, WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  auto job = [&](Connection& c) -> Result<void> {
    TRY_VOID(people::get_current<Team>(c, by, "team", id, options));
    TRY(const int64_t users, people_store::users_in_team(c, id));
    if (users > 0) return fail(errors::in_use("team", id.view(), users, "user"));
    TRY(const int64_t keys, key_store::count_in_team(c, id));
    if (keys > 0) return fail(errors::in_use("team", id.view(), keys, "key"));
    return people_store::remove(c, id);
  };
  co_return co_await db_.write(std::move(job));
}

}  // namespace tandem::identity
