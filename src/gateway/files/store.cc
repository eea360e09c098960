#include "gateway/files/store.h"

namespace tandem::gateway::files {
namespace {

using store::Connection;
using store::Row;
using store::Statement;

constexpr Statement kInsert{
    "gateway_files_insert",
    "INSERT INTO gateway_files (id, project, key_id, filename, purpose, size_bytes, blob, "
    "created_us, expires_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"};
constexpr Statement kFind{
    "gateway_files_find",
    "SELECT id, project, key_id, filename, purpose, size_bytes, blob, created_us, expires_us "
    "FROM gateway_files WHERE id = ? AND project = ? AND (expires_us = 0 OR expires_us > ?)"};
constexpr Statement kListDescending{
    "gateway_files_list_descending",
    "SELECT id, project, key_id, filename, purpose, size_bytes, blob, created_us, expires_us "
    "FROM gateway_files WHERE project = ? AND id < ? AND (purpose = ? OR ? = '') "
    "AND (expires_us = 0 OR expires_us > ?) ORDER BY id DESC LIMIT ?"};
constexpr Statement kListAscending{
    "gateway_files_list_ascending",
    "SELECT id, project, key_id, filename, purpose, size_bytes, blob, created_us, expires_us "
    "FROM gateway_files WHERE project = ? AND id > ? AND (purpose = ? OR ? = '') "
    "AND (expires_us = 0 OR expires_us > ?) ORDER BY id LIMIT ?"};
constexpr Statement kDelete{"gateway_files_delete", "DELETE FROM gateway_files WHERE id = ?"};
constexpr Statement kBytes{
    "gateway_files_bytes",
    "SELECT COALESCE(SUM(size_bytes), 0) FROM gateway_files WHERE project = ?"};
constexpr Statement kExpired{
    "gateway_files_expired",
    "SELECT id, project, key_id, filename, purpose, size_bytes, blob, created_us, expires_us "
    "FROM gateway_files WHERE expires_us > 0 AND expires_us <= ? AND NOT EXISTS (SELECT 1 FROM "
    "gateway_batches WHERE input_file = gateway_files.id AND finished_us = 0) "
    "ORDER BY expires_us LIMIT ?"};
constexpr Statement kInUse{
    "gateway_files_in_use",
    "SELECT 1 FROM gateway_batches WHERE input_file = ? AND finished_us = 0 LIMIT 1"};
constexpr Statement kBlobOfFile{"gateway_files_blob_in_use",
                                "SELECT 1 FROM gateway_files WHERE blob = ? LIMIT 1"};
constexpr Statement kBlobOfModel{"gateway_models_blob_in_use",
                                 "SELECT 1 FROM gateway_models WHERE blob = ? LIMIT 1"};

// Above every id.
constexpr std::string_view kLast = "~";

File read_file(const Row& row) {
  return {row.str(0),     row.str(1), row.str(2),     row.str(3),    row.str(4),
          row.integer(5), row.str(6), row.integer(7), row.integer(8)};
}

Result<bool> exists(Connection& connection, const Statement& statement, std::string_view value) {
  TRY(const auto found,
      connection.find(statement, {value}, [](const Row& row) { return row.integer(0); }));
  return found.has_value();
}

}  // namespace

Result<void> insert_file(Connection& connection, const File& file) {
  const auto text = [](const std::string& value) { return std::string_view(value); };
  TRY_VOID(connection.run(kInsert, {text(file.id), text(file.project), text(file.key),
                                    text(file.filename), text(file.purpose), file.size_bytes,
                                    text(file.blob), file.created_us, file.expires_us}));
  return {};
}

Result<std::optional<File>> find_file(Connection& connection, std::string_view project,
                                      std::string_view id, WallUs now_us) {
  return connection.find(kFind, {id, project, now_us}, read_file);
}

Result<std::vector<File>> list_files(Connection& connection, const FileQuery& query) {
  const bool descending = query.order == FileOrder::NewestFirst;
  const std::string_view after = query.after.empty() && descending ? kLast : query.after;
  const std::string_view purpose = query.purpose;
  return connection.list(
      descending ? kListDescending : kListAscending,
      {std::string_view(query.project), after, purpose, purpose, query.now_us, query.limit},
      read_file);
}

Result<bool> delete_file(Connection& connection, std::string_view id) {
  TRY(const int64_t rows, connection.run(kDelete, {id}));
  return rows > 0;
}

Result<int64_t> project_bytes(Connection& connection, std::string_view project) {
  TRY(const auto sum,
      connection.find(kBytes, {project}, [](const Row& row) { return row.integer(0); }));
  return sum.value_or(0);
}

Result<std::vector<File>> list_expired(Connection& connection, WallUs now_us, int64_t limit) {
  return connection.list(kExpired, {now_us, limit}, read_file);
}

Result<bool> file_in_use(Connection& connection, std::string_view id) {
  return exists(connection, kInUse, id);
}

Result<bool> blob_in_use(Connection& connection, std::string_view blob) {
  TRY(const bool of_file, exists(connection, kBlobOfFile, blob));
  if (of_file) return true;
  return exists(connection, kBlobOfModel, blob);
}

}  // namespace tandem::gateway::files
