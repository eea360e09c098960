#include "store/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "store/errors.h"

namespace tandem::store {
namespace {

Failure failed(const std::filesystem::path& path, std::string_view doing) {
  return fail(errors::file_failed(path.native(), doing, errno));
}

}  // namespace

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

File::~File() {
  close();
}

void File::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Result<File> File::open(const std::filesystem::path& path, int flags, unsigned mode) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor >= 0) return File(descriptor, path.native());
  if (errno == ENOENT && (flags & O_CREAT) == 0) {
    return fail(Code::NotFound, fmt::format("{} does not exist.", path.native()));
  }
  return failed(path, (flags & O_CREAT) != 0 ? "be created" : "be opened");
}

Result<uint64_t> File::size() const {
  struct stat status;
  if (::fstat(descriptor_, &status) != 0) return failed(path_, "be examined");
  return static_cast<uint64_t>(status.st_size);
}

Result<size_t> File::read_at(std::span<uint8_t> into, uint64_t offset) const {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(descriptor_, into.data() + done, into.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path_, "be read");
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

Result<void> File::write_at(std::span<const uint8_t> bytes, uint64_t offset) const {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done,
                                   static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path_, "be written");
    if (count == 0) {
      errno = ENOSPC;
      return failed(path_, "be written");
    }
    done += static_cast<size_t>(count);
  }
  return {};
}

Result<void> File::truncate(uint64_t size) const {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failed(path_, "be cut");
  return {};
}

Result<void> File::sync_data() const {
  if (::fdatasync(descriptor_) != 0) return failed(path_, "be synced to disk");
  return {};
}

Result<void> File::sync() const {
  if (::fsync(descriptor_) != 0) return failed(path_, "be synced to disk");
  return {};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  TRY(File file, File::open(folder, O_RDONLY | O_DIRECTORY));
  return file.sync();
}

Result<void> create_folder(const std::filesystem::path& folder) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return {};
  TRY_VOID(create_folder(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed(folder, "be created");
  if (folder.has_parent_path()) TRY_VOID(sync_folder(folder.parent_path()));
  return {};
}

Result<bool> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return failed(path, "be deleted");
}

Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return failed(from, "be renamed");
  return {};
}

}  // namespace tandem::store
