#include "gateway/catalog/store.h"

namespace tandem::gateway {
namespace {

using store::Connection;
using store::Param;
using store::Row;
using store::Statement;

constexpr Statement kEndpointsList{
    "gateway_endpoints_list",
    "SELECT project, name, body, 0, version, created_us, updated_us FROM gateway_endpoints "
    "ORDER BY project, name"};
constexpr Statement kEndpointsPut{
    "gateway_endpoints_put",
    "INSERT INTO gateway_endpoints (project, name, body, version, created_us, updated_us) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (project, name) DO UPDATE SET "
    "body = excluded.body, version = excluded.version, updated_us = excluded.updated_us"};
constexpr Statement kEndpointsDelete{
    "gateway_endpoints_delete", "DELETE FROM gateway_endpoints WHERE project = ? AND name = ?"};
constexpr Statement kProvidersList{"gateway_providers_list",
                                   "SELECT '', name, body, 0, version, created_us, updated_us FROM "
                                   "gateway_providers ORDER BY name"};
constexpr Statement kProvidersPut{
    "gateway_providers_put",
    "INSERT INTO gateway_providers (name, body, version, created_us, updated_us) "
    "VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
    "body = excluded.body, version = excluded.version, updated_us = excluded.updated_us"};
constexpr Statement kProvidersDelete{"gateway_providers_delete",
                                     "DELETE FROM gateway_providers WHERE name = ?"};
constexpr Statement kModelsPut{
    "gateway_models_put",
    "INSERT INTO gateway_models (project, name, blob, size_bytes, version, created_us, updated_us) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project, name) DO UPDATE SET blob = excluded.blob, "
    "size_bytes = excluded.size_bytes, version = gateway_models.version + 1, "
    "updated_us = excluded.updated_us"};
constexpr Statement kModelsFind{
    "gateway_models_find",
    "SELECT project, name, blob, size_bytes, version, created_us, updated_us FROM gateway_models "
    "WHERE project = ? AND name = ?"};
constexpr Statement kModelsList{
    "gateway_models_list",
    "SELECT project, name, blob, size_bytes, version, created_us, updated_us FROM gateway_models "
    "WHERE project = ? AND name > ? ORDER BY name LIMIT ?"};
constexpr Statement kModelsHaveBlob{
    "gateway_models_have_blob",
    "SELECT 1 FROM gateway_models WHERE project = ? AND blob = ? LIMIT 1"};

StoredObject read_object(const Row& row) {
  return {row.str(0),     row.str(1),     row.str(2),    row.integer(3),
          row.integer(4), row.integer(5), row.integer(6)};
}

}  // namespace

Result<std::vector<StoredObject>> list_objects(Connection& connection, Table table) {
  return connection.list(table == Table::Endpoints ? kEndpointsList : kProvidersList, {},
                         read_object);
}

Result<void> put_object(Connection& connection, Table table, const StoredObject& object) {
  const Param name = std::string_view(object.name);
  const Param body = std::string_view(object.body);
  if (table == Table::Endpoints) {
    TRY_VOID(connection.run(kEndpointsPut, {std::string_view(object.project), name, body,
                                            object.version, object.created_us, object.updated_us}));
    return {};
  }
  TRY_VOID(connection.run(kProvidersPut,
                          {name, body, object.version, object.created_us, object.updated_us}));
  return {};
}

Result<bool> delete_object(Connection& connection, Table table, std::string_view project,
                           std::string_view name) {
  if (table == Table::Endpoints) {
    TRY(const int64_t rows, connection.run(kEndpointsDelete, {project, name}));
    return rows > 0;
  }
  TRY(const int64_t rows, connection.run(kProvidersDelete, {name}));
  return rows > 0;
}

Result<void> put_model(Connection& connection, const StoredObject& model) {
  TRY_VOID(connection.run(
      kModelsPut,
      {std::string_view(model.project), std::string_view(model.name), std::string_view(model.body),
       model.size_bytes, model.version, model.created_us, model.updated_us}));
  return {};
}

Result<std::optional<StoredObject>> find_model(Connection& connection, std::string_view project,
                                               std::string_view name) {
  return connection.find(kModelsFind, {project, name}, read_object);
}

Result<std::vector<StoredObject>> list_models(Connection& connection, std::string_view project,
                                              std::string_view after, int64_t limit) {
  return connection.list(kModelsList, {project, after, limit}, read_object);
}

Result<bool> blob_is_known(Connection& connection, std::string_view project,
                           std::string_view blob) {
  TRY(const auto found, connection.find(kModelsHaveBlob, {project, blob},
                                        [](const Row& row) { return row.integer(0); }));
  return found.has_value();
}

}  // namespace tandem::gateway
