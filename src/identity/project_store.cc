#include "identity/project_store.h"

#include "identity/key_store.h"

namespace tandem::identity::project_store {
namespace {

using store::Connection;
using store::kNull;
using store::Param;
using store::Row;
using store::Statement;

#define PROJECT_COLUMNS "id, description, origin, created_us, updated_us, version"

constexpr Statement kInsert{"projects_insert", "INSERT INTO projects (" PROJECT_COLUMNS
                                               ") VALUES (?, ?, ?, ?, ?, ?) "
                                               "ON CONFLICT (id) DO NOTHING"};
constexpr Statement kFind{"projects_find", "SELECT " PROJECT_COLUMNS " FROM projects WHERE id = ?"};
constexpr Statement kIds{"projects_ids", "SELECT id FROM projects"};
constexpr Statement kListNewest{
    "projects_list_newest",
    "SELECT " PROJECT_COLUMNS
    " FROM projects WHERE (CAST(? AS TEXT) IS NULL OR id = ?)"
    " AND (CAST(? AS TEXT) IS NULL OR created_us < ? OR (created_us = ? AND id < ?))"
    " ORDER BY created_us DESC, id DESC LIMIT ?"};
constexpr Statement kListOldest{
    "projects_list_oldest",
    "SELECT " PROJECT_COLUMNS
    " FROM projects WHERE (CAST(? AS TEXT) IS NULL OR id = ?)"
    " AND (CAST(? AS TEXT) IS NULL OR created_us > ? OR (created_us = ? AND id > ?))"
    " ORDER BY created_us, id LIMIT ?"};
constexpr Statement kUpdate{"projects_update",
                            "UPDATE projects SET description = ?, origin = ?, updated_us = ?, "
                            "version = ? WHERE id = ? AND version = ?"};
constexpr Statement kRemove{"projects_remove", "DELETE FROM projects WHERE id = ?"};

std::string_view origin_name(Origin origin) {
  return origin == Origin::File ? "file" : "api";
}

Project project_of(const Row& row) {
  Project project;
  project.id = ProjectId(row.text(0));
  project.description = row.str(1);
  project.origin = row.text(2) == "file" ? Origin::File : Origin::Api;
  project.stamp = {row.integer(3), row.integer(4), row.integer(5)};
  return project;
}

}  // namespace

Result<bool> insert(Connection& c, const Project& project) {
  TRY(const int64_t rows,
      c.run(kInsert, {project.id.view(), project.description, origin_name(project.origin),
                      project.stamp.created_us, project.stamp.updated_us, project.stamp.version}));
  if (rows == 0) return false;
  TRY_VOID(key_store::next_sequence(c));
  return true;
}

Result<std::optional<Project>> find(Connection& c, const ProjectId& id) {
  return c.find(kFind, {id.view()}, project_of);
}

Result<std::vector<Project>> list(Connection& c, const std::optional<ProjectId>& only,
                                  const ListRequest& request) {
  const Cursor after = request.after.value_or(Cursor());
  const Param mine = only ? Param(only->view()) : Param(kNull);
  const Param from = after.id.empty() ? Param(kNull) : Param(std::string_view(after.id));
  const bool newest = request.order == Order::NewestFirst;
  return c.list(newest ? kListNewest : kListOldest,
                {mine, mine, from, after.created_us, after.created_us, after.id, request.limit + 1},
                project_of);
}

Result<std::vector<ProjectId>> ids(Connection& c) {
  return c.list(kIds, {}, [](const Row& row) { return ProjectId(row.text(0)); });
}

Result<bool> update(Connection& c, const Project& project, int64_t version) {
  TRY(const int64_t rows,
      c.run(kUpdate, {project.description, origin_name(project.origin), project.stamp.updated_us,
                      project.stamp.version, project.id.view(), version}));
  return rows == 1;
}

Result<void> remove(Connection& c, const ProjectId& id) {
  TRY_VOID(c.run(kRemove, {id.view()}));
  TRY_VOID(key_store::next_sequence(c));
  return {};
}

}  // namespace tandem::identity::project_store
