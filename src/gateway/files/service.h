// Files: keeps the files of all projects: rows in the database, bytes in the blob store. Owned by
// the composition root with everything that it is made of; any io thread. What blocks runs on a
// pool of its own. Bytes go when the last file that has them goes; between the two, nobody may
// store the same bytes anew, so both happen under one mutex.
//   CO_TRY(const File file, co_await files.get(project, id));
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/async/pool.h"
#include "base/async/task.h"
#include "base/metrics/metrics.h"
#include "gateway/files/store.h"
#include "store/blobs.h"

namespace tandem::gateway::files {

class Files {
 public:
  // All outlive it.
  Files(store::Db& db, store::Blobs& blobs, metrics::Metrics& metrics, FilesConfig config);

  const FilesConfig& config() const { return config_; }
  Pool& pool() { return pool_; }
  store::Db& db() { return db_; }
  store::Blobs& blobs() { return blobs_; }

  // NotFound where the project has no such file.
  Task<Result<File>> get(std::string project, std::string id);
  Task<Result<std::vector<File>>> list(FileQuery query);
  Task<Result<std::unique_ptr<store::BlobReader>>> open(const File& file);
  // InvalidArgument while an unfinished batch reads it.
  Task<Result<void>> remove(File file);

  // Makes the bytes of each writer a file, all in one transaction with `also`. Blocking; on a pool
  // thread. PayloadTooLarge where the project has too much then; on an error nothing is kept.
  struct Arrival {
    store::BlobWriter& writer;
    File file;  // gets its size and blob
  };
  using Also = std::function<Result<void>(store::Connection&)>;
  Result<void> finish_now(std::span<Arrival> arrivals, const Also& also = nullptr);
  // Deletes what has expired. Blocking; a chore.
  Result<void> delete_expired_now(WallUs now_us);

 private:
  Result<void> remove_now(const File& file);
  Result<void> insert_all(store::Connection& connection, std::span<Arrival> arrivals) const;
  void drop_unused(const File& file);

  store::Db& db_;
  store::Blobs& blobs_;
  const FilesConfig config_;
  metrics::Counter& stored_files_;
  metrics::Counter& stored_bytes_;
  metrics::Counter& deleted_files_;
  std::mutex bytes_mutex_;  // held while bytes get their first file or lose their last
  Pool pool_;
};

namespace errors {
Error no_such_file(std::string_view id);
}

}  // namespace tandem::gateway::files
