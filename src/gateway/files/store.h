// SQL of files. Used inside a Db job.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/files/types.h"
#include "store/db.h"

namespace tandem::gateway::files {

enum class FileOrder : uint8_t { NewestFirst, OldestFirst };

struct FileQuery {
  std::string project;
  std::string purpose;  // empty: any
  std::string after;    // id; empty: from the start
  FileOrder order = FileOrder::NewestFirst;
  int64_t limit = 0;
  WallUs now_us = 0;  // what has expired by then is not there
};

Result<void> insert_file(store::Connection& connection, const File& file);
Result<std::optional<File>> find_file(store::Connection& connection, std::string_view project,
                                      std::string_view id, WallUs now_us);
Result<std::vector<File>> list_files(store::Connection& connection, const FileQuery& query);
Result<bool> delete_file(store::Connection& connection, std::string_view id);
// Bytes of all files of a project together.
Result<int64_t> project_bytes(store::Connection& connection, std::string_view project);
// At most `limit` files that have expired by `now_us` and that no unfinished batch reads.
Result<std::vector<File>> list_expired(store::Connection& connection, WallUs now_us, int64_t limit);
// Whether an unfinished batch reads the file.
Result<bool> file_in_use(store::Connection& connection, std::string_view id);
// Whether a file or an uploaded model still has these bytes.
Result<bool> blob_in_use(store::Connection& connection, std::string_view blob);

}  // namespace tandem::gateway::files
