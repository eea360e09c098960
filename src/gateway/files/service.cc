#include "gateway/files/service.h"

#include "base/log.h"

namespace tandem::gateway::files {
namespace {

constexpr size_t kThreads = 2;
constexpr size_t kQueue = 1024;
constexpr int64_t kExpiredAtOnce = 100;

}  // namespace

std::string make_file_id() {
  char ulid[26];
  return "file-" + std::string(write_ulid(ulid));
}

Error errors::no_such_file(std::string_view id) {
  return Error(Code::NotFound, "There is no file \"" + std::string(id.substr(0, 100)) + "\".",
               "GET /v1/files lists the files of the project.", "id");
}

Files::Files(store::Db& db, store::Blobs& blobs, metrics::Metrics& metrics, FilesConfig config)
    : db_(db),
      blobs_(blobs),
      config_(config),
      stored_files_(metrics.counter("tandem_files_stored_total", "Files that were stored.")),
      stored_bytes_(metrics.counter("tandem_files_stored_bytes_total", "Bytes of those files.")),
      deleted_files_(
          metrics.counter("tandem_files_deleted_total", "Files that were deleted or expired.")),
      pool_("files", kThreads, kQueue) {}

Task<Result<File>> Files::get(std::string project, std::string id) {
  auto job = [&](store::Connection& connection) {
    return find_file(connection, project, id, wall_now_us());
  };
  CO_TRY(auto found, co_await db_.read(job));
  if (!found) co_return fail(errors::no_such_file(id));
  co_return *std::move(found);
}

Task<Result<std::vector<File>>> Files::list(FileQuery query) {
  auto job = [&](store::Connection& connection) { return list_files(connection, query); };
  co_return co_await db_.read(job);
}

Task<Result<std::unique_ptr<store::BlobReader>>> Files::open(const File& file) {
  CO_TRY(const store::BlobId blob, store::BlobId::parse(file.blob));
  auto job = [&] { return blobs_.open(blob); };
  co_return co_await pool_.run(job);
}

Task<Result<void>> Files::remove(File file) {
  auto job = [&] { return remove_now(file); };
  co_return co_await pool_.run(job);
}

Result<void> Files::remove_now(const File& file) {
  const std::lock_guard lock(bytes_mutex_);
  bool last = false;
  auto job = [&](store::Connection& connection) -> Result<void> {
    TRY(const bool in_use, file_in_use(connection, file.id));
    if (in_use) {
      return fail(Code::InvalidArgument, "A batch that is not finished reads the file.",
                  "Cancel the batch or wait for its end.", "id");
    }
    TRY(const bool deleted, delete_file(connection, file.id));
    if (!deleted) return fail(errors::no_such_file(file.id));
    TRY(const bool shared, blob_in_use(connection, file.blob));
    last = !shared;
    return {};
  };
  TRY_VOID(db_.write_now(job));
  deleted_files_.increment();
  if (!last) return {};
  TRY(const store::BlobId blob, store::BlobId::parse(file.blob));
  TRY_VOID(blobs_.remove(blob));
  return {};
}

Result<void> Files::insert_all(store::Connection& connection, std::span<Arrival> arrivals) const {
  for (const Arrival& arrival : arrivals) {
    const File& file = arrival.file;
    TRY(const int64_t together, project_bytes(connection, file.project));
    // What a batch was paid for is kept.
    if (file.purpose != kBatchOutput && together + file.size_bytes > config_.max_project_bytes) {
      return fail(Code::PayloadTooLarge,
                  "The files of the project would have " +
                      std::to_string(together + file.size_bytes) + " bytes together; at most " +
                      std::to_string(config_.max_project_bytes) + " are kept.",
                  "Delete files that are not needed, or have files.max_project_bytes raised.",
                  "file");
    }
    TRY_VOID(insert_file(connection, file));
  }
  return {};
}

// Takes the bytes of `file` away where no file has them.
void Files::drop_unused(const File& file) {
  auto job = [&](store::Connection& connection) { return blob_in_use(connection, file.blob); };
  const auto used = db_.read_now(job);
  const auto blob = store::BlobId::parse(file.blob);
  if (used && !*used && blob) (void)blobs_.remove(*blob);
}

Result<void> Files::finish_now(std::span<Arrival> arrivals, const Also& also) {
  const std::lock_guard lock(bytes_mutex_);
  for (Arrival& arrival : arrivals) {
    TRY(const store::BlobInfo blob, arrival.writer.finish());
    arrival.file.blob = blob.id.str();
    arrival.file.size_bytes = static_cast<int64_t>(blob.size_bytes);
  }
  auto job = [&](store::Connection& connection) -> Result<void> {
    TRY_VOID(insert_all(connection, arrivals));
    return also ? also(connection) : Result<void>{};
  };
  auto written = db_.write_now(job);
  for (const Arrival& arrival : arrivals) {
    if (!written) {
      drop_unused(arrival.file);
      continue;
    }
    stored_files_.increment();
    stored_bytes_.increment(static_cast<double>(arrival.file.size_bytes));
  }
  return written;
}

Result<void> Files::delete_expired_now(WallUs now_us) {
  auto job = [&](store::Connection& connection) {
    return list_expired(connection, now_us, kExpiredAtOnce);
  };
  while (true) {
    TRY(const auto expired, db_.read_now(job));
    for (const File& file : expired) {
      if (auto removed = remove_now(file); !removed && removed.error().code != Code::NotFound) {
        return fail(std::move(removed).error());
      }
    }
    if (expired.size() < static_cast<size_t>(kExpiredAtOnce)) return {};
  }
}

}  // namespace tandem::gateway::files
