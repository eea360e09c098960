#include "identity/projects.h"

#include <map>

#include "base/config/read.h"
#include "base/config/write.h"
#include "identity/errors.h"
#include "identity/idempotency.h"
#include "identity/key_store.h"
#include "identity/paging.h"
#include "identity/people_store.h"
#include "identity/permissions.h"
#include "identity/project_store.h"

namespace tandem::identity {
namespace {

using store::Connection;

constexpr Permission kRead{"projects", Access::Read};
constexpr Permission kWrite{"projects", Access::Write};

Result<Project> get_visible(Connection& c, const Principal& by, const ProjectId& id) {
  TRY(auto project, project_store::find(c, id));
  if (!project || !visible(by, id)) return fail(errors::not_found("project", id.view()));
  return *std::move(project);
}

// A project that may be changed here: visible, of that version, not declared in the file.
Result<Project> get_changeable(Connection& c, const Principal& by, const ProjectId& id,
                               const WriteOptions& options) {
  TRY(Project project, get_visible(c, by, id));
  if (project.origin == Origin::File) return fail(errors::declared("project", id.view()));
  const int64_t version = project.stamp.version;
  if (options.if_match && *options.if_match != version) {
    return fail(errors::version_conflict("project", id.view(), *options.if_match, version));
  }
  return project;
}

Project new_project(const ProjectSettings& settings, Origin origin) {
  Project project;
  project.id = ProjectId(settings.name);
  project.description = settings.description;
  project.origin = origin;
  project.stamp.created_us = project.stamp.updated_us = wall_now_us();
  return project;
}

// The earlier creation that a repeated request finds.
Result<std::optional<Project>> find_replay(Connection& c, const Principal& by,
                                           const ProjectSettings& request,
                                           const WriteOptions& options, const Project& project) {
  if (!options.idempotency_key) return std::nullopt;
  const Claim mine{by.key, *options.idempotency_key,
                   fingerprint_of("projects", config::to_json(request)), project.id.str(), ""};
  TRY(const auto earlier, claim(c, mine, project.stamp.created_us));
  if (!earlier) return std::nullopt;
  TRY(Project found, get_visible(c, by, ProjectId(earlier->resource)));
  return std::optional(std::move(found));
}

}  // namespace

Task<Result<Project>> Projects::create(Principal by, ProjectSettings request,
                                       WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  auto job = [&](Connection& c) -> Result<Project> {
    Project project = new_project(request, Origin::Api);
    TRY(auto replay, find_replay(c, by, request, options, project));
    if (replay) return *std::move(replay);
    TRY(const bool inserted, project_store::insert(c, project));
    if (!inserted) return fail(errors::exists("project", project.id.view()));
    return project;
  };
  CO_TRY(Project project, co_await db_.write(std::move(job)));
  CO_TRY_VOID(co_await refresher_.refresh());
  co_return project;
}

Task<Result<Project>> Projects::get(Principal by, ProjectId id) {
  CO_TRY_VOID(authorise(by, kRead));
  auto job = [&](Connection& c) { return get_visible(c, by, id); };
  co_return co_await db_.read(std::move(job));
}

Task<Result<Page<Project>>> Projects::list(Principal by, ListRequest request) {
  CO_TRY_VOID(authorise(by, kRead));
  std::optional<ProjectId> only;
  if (!by.every_project) only = by.project;
  auto job = [&](Connection& c) { return project_store::list(c, only, request); };
  CO_TRY(std::vector<Project> projects, co_await db_.read(std::move(job)));
  co_return page_of(std::move(projects), request);
}

Task<Result<Project>> Projects::patch(Principal by, ProjectId id, std::string body,
                                      WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  auto job = [&](Connection& c) -> Result<Project> {
    TRY(Project project, get_changeable(c, by, id, options));
    ProjectSettings settings{id.str(), project.description};
    TRY(settings, config::patch_body<ProjectSettings>(body, std::move(settings)));
    if (settings.name != id.view()) {
      return fail(Code::InvalidArgument, "The name of a project cannot change.", {}, "name");
    }
    project.description = settings.description;
    project.stamp.updated_us = wall_now_us();
    const int64_t version = project.stamp.version++;
    TRY(const bool updated, project_store::update(c, project, version));
    if (!updated) return fail(errors::version_conflict("project", id.view(), version, version + 1));
    return project;
  };
  co_return co_await db_.write(std::move(job));
}

Task<Result<void>> Projects::remove(Principal by, ProjectId id, WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  if (id.view() == kDefaultProject) co_return fail(errors::default_project());
  auto job = [&](Connection& c) -> Result<void> {
    TRY_VOID(get_changeable(c, by, id, options));
    TRY(const int64_t keys, key_store::count_in_project(c, id));
    TRY(const int64_t people, people_store::people_in_project(c, id));
    if (keys > 0) return fail(errors::in_use("project", id.view(), keys, "key"));
    if (people > 0) return fail(errors::in_use("project", id.view(), people, "user or team"));
    // Rows of revoked keys would hold the project; nothing can name it any more.
    TRY_VOID(key_store::forget_revoked_of_project(c, id));
    return project_store::remove(c, id);
  };
  CO_TRY_VOID(co_await db_.write(std::move(job)));
  co_return co_await refresher_.refresh();
}

Result<void> Projects::declare(const std::vector<ProjectSettings>& declared) {
  TRY_VOID(db_.write_now([&](Connection& c) -> Result<void> {
    std::map<std::string_view, std::string_view> descriptions;
    for (const ProjectSettings& settings : declared) {
      descriptions[settings.name] = settings.description;
      TRY_VOID(project_store::insert(c, new_project(settings, Origin::File)));
    }
    TRY(const auto ids, project_store::ids(c));
    for (const ProjectId& id : ids) {
      TRY(auto project, project_store::find(c, id));
      if (!project) continue;
      const auto found = descriptions.find(id.view());
      const bool in_file = found != descriptions.end();
      const Origin origin = in_file ? Origin::File : Origin::Api;
      // A file that says nothing leaves what is there.
      const std::string_view description =
          in_file && !found->second.empty() ? found->second : project->description;
      if (project->origin == origin && project->description == description) continue;
      project->origin = origin;
      project->description = std::string(description);
      project->stamp.updated_us = wall_now_us();
      const int64_t version = project->stamp.version++;
      TRY_VOID(project_store::update(c, *project, version));
    }
    return {};
  }));
  return refresher_.refresh_now();
}

}  // namespace tandem::identity
