// Blobs in a folder: `<folder>/ab/<64 hex digits>`, mode 0400. A blob is written to
// `<folder>/incoming`, synced, and renamed to its name, so that a name always stands for whole
// content.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "store/blobs.h"
#include "store/errors.h"
#include "store/file.h"
#include "store/sha256.h"

namespace tandem::store {
namespace {

constexpr size_t kChunkBytes = 256 * 1024;

std::filesystem::path path_of(const std::filesystem::path& folder, const BlobId& id) {
  const std::string hex = id.hex();
  return folder / hex.substr(0, 2) / hex;
}

Error not_there(const BlobId& id) {
  return Error(Code::NotFound, fmt::format("There is no blob {}.", id.str()));
}

Error damaged(const BlobId& id, std::string_view path) {
  return Error(
      Code::StorageFailed,
      fmt::format("Blob {} is damaged: {} has other content than was stored.", id.str(), path),
      "Check the disk and upload the content again: that repairs it.");
}

class FolderWriter final : public BlobWriter {
 public:
  FolderWriter(std::filesystem::path folder, File file, BlobLimits limits)
      : folder_(std::move(folder)), file_(std::move(file)), limits_(limits) {}
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;
  ~FolderWriter() override {
    if (!finished_) (void)remove_file(file_.path());
  }

  Result<void> write(std::span<const uint8_t> bytes) override {
    if (bytes.size() > limits_.max_bytes - size_) {
      return fail(
          Code::PayloadTooLarge,
          fmt::format("The content is larger than the limit of {} bytes.", limits_.max_bytes));
    }
    TRY_VOID(file_.write_at(bytes, size_));
    hash_.update(bytes);
    size_ += bytes.size();
    return {};
  }

  Result<BlobInfo> finish(std::optional<BlobId> expected) override {
    const BlobId id(hash_.finish());
    if (expected && *expected != id) {
      return fail(
          Code::InvalidArgument,
          fmt::format("The content is {}, but {} was announced.", id.str(), expected->str()),
          "The upload was changed or cut on its way: send it again.");
    }
    const std::filesystem::path path = path_of(folder_, id);
    TRY_VOID(create_folder(path.parent_path()));
    ::fchmod(file_.descriptor(), 0400);
    TRY_VOID(file_.sync());
    // Also over a blob that is there: equal content, and a damaged one is repaired.
    TRY_VOID(rename_file(file_.path(), path));
    finished_ = true;
    TRY_VOID(sync_folder(path.parent_path()));
    return BlobInfo{id, size_};
  }

 private:
  const std::filesystem::path folder_;
  File file_;
  const BlobLimits limits_;
  Sha256 hash_;
  uint64_t size_ = 0;
  bool finished_ = false;
};

class FolderReader final : public BlobReader {
 public:
  FolderReader(BlobId id, File file, uint64_t size)
      : id_(id), file_(std::move(file)), size_(size) {}

  uint64_t size_bytes() const override { return size_; }

  // Checks before it hands out the last bytes.
  Result<size_t> read(std::span<uint8_t> into) override {
    const size_t wanted = std::min<uint64_t>(into.size(), size_ - offset_);
    TRY(const size_t count, file_.read_at(into.first(wanted), offset_));
    is_damaged_ = is_damaged_ || count < wanted;
    if (is_damaged_) return fail(damaged(id_, file_.path()));
    hash_.update(into.first(count));
    offset_ += count;
    if (offset_ == size_ && !checked_) {
      checked_ = true;
      is_damaged_ = BlobId(hash_.finish()) != id_;
    }
    if (is_damaged_) return fail(damaged(id_, file_.path()));
    return count;
  }

 private:
  const BlobId id_;
  File file_;
  const uint64_t size_;
  uint64_t offset_ = 0;
  Sha256 hash_;
  bool checked_ = false;
  bool is_damaged_ = false;
};

class FolderBlobs final : public Blobs {
 public:
  explicit FolderBlobs(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<void> prepare() {
    TRY_VOID(create_folder(incoming()));
    std::error_code error;
    std::filesystem::directory_iterator entry(incoming(), error), end;
    for (; !error && entry != end; entry.increment(error)) TRY_VOID(remove_file(entry->path()));
    if (error) return fail(errors::file_failed(incoming().native(), "be listed", error.value()));
    return {};
  }

  Result<std::unique_ptr<BlobWriter>> start(BlobLimits limits) override {
    const std::string name = fmt::format("{}-{}", ::getpid(), next_name_.fetch_add(1));
    TRY(File file, File::open(incoming() / name, O_CREAT | O_EXCL | O_RDWR));
    return std::unique_ptr<BlobWriter>(new FolderWriter(folder_, std::move(file), limits));
  }

  Result<std::unique_ptr<BlobReader>> open(const BlobId& id) override {
    Result<File> file = File::open(path_of(folder_, id), O_RDONLY | O_NOFOLLOW);
    if (!file && file.error().code == Code::NotFound) return fail(not_there(id));
    if (!file) return fail(std::move(file).error());
    TRY(const uint64_t size, file->size());
    return std::unique_ptr<BlobReader>(new FolderReader(id, *std::move(file), size));
  }

  Result<std::optional<uint64_t>> find_size(const BlobId& id) override {
    Result<File> file = File::open(path_of(folder_, id), O_RDONLY | O_NOFOLLOW);
    if (!file && file.error().code == Code::NotFound) return std::optional<uint64_t>();
    if (!file) return fail(std::move(file).error());
    TRY(const uint64_t size, file->size());
    return std::optional<uint64_t>(size);
  }

  Result<bool> remove(const BlobId& id) override {
    const std::filesystem::path path = path_of(folder_, id);
    TRY(const bool removed, remove_file(path));
    if (removed) TRY_VOID(sync_folder(path.parent_path()));
    return removed;
  }

  Result<std::filesystem::path> local_path(const BlobId& id) override {
    TRY(std::unique_ptr<BlobReader> reader, open(id));
    std::vector<uint8_t> buffer(kChunkBytes);
    while (true) {
      TRY(const size_t count, reader->read(buffer));
      if (count == 0) return path_of(folder_, id);
    }
  }

 private:
  std::filesystem::path incoming() const { return folder_ / "incoming"; }

  const std::filesystem::path folder_;
  std::atomic<uint64_t> next_name_{0};
};

}  // namespace

Result<std::unique_ptr<Blobs>> open_folder_blobs(const std::filesystem::path& folder) {
  auto blobs = std::make_unique<FolderBlobs>(folder);
  TRY_VOID(blobs->prepare());
  return std::unique_ptr<Blobs>(std::move(blobs));
}

}  // namespace tandem::store
