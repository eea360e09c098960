// SQL of what the API manages: endpoints, providers and uploaded models. Used inside a Db job.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/db.h"

namespace tandem::gateway {

struct StoredObject {
  std::string project;  // empty for providers
  std::string name;
  std::string body;  // JSON; of a model: its blob
  int64_t size_bytes = 0;
  int64_t version = 0;
  WallUs created_us = 0;
  WallUs updated_us = 0;
};

enum class Table : uint8_t { Endpoints, Providers };

Result<std::vector<StoredObject>> list_objects(store::Connection& connection, Table table);
// Inserts or replaces; `object.version` is the new version.
Result<void> put_object(store::Connection& connection, Table table, const StoredObject& object);
Result<bool> delete_object(store::Connection& connection, Table table, std::string_view project,
                           std::string_view name);

Result<void> put_model(store::Connection& connection, const StoredObject& model);
Result<std::optional<StoredObject>> find_model(store::Connection& connection,
                                               std::string_view project, std::string_view name);
// Names after `after`, at most `limit`.
Result<std::vector<StoredObject>> list_models(store::Connection& connection,
                                              std::string_view project, std::string_view after,
                                              int64_t limit);
Result<bool> blob_is_known(store::Connection& connection, std::string_view project,
                           std::string_view blob);

}  // namespace tandem::gateway
