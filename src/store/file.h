// File: a descriptor that closes itself, and the few system calls of the journal and the blobs with
// EINTR handled and errors as sentences that name the path. Any thread, one at a time a call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.h"

namespace tandem::store {

class File {
 public:
  File() = default;
  File(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  // `flags` as in open(2); O_CLOEXEC is added. A missing file is NotFound.
  static Result<File> open(const std::filesystem::path& path, int flags, unsigned mode = 0600);

  explicit operator bool() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  const std::string& path() const { return path_; }

  Result<uint64_t> size() const;
  // Fills `into` as far as the file reaches from `offset`; fewer bytes only at its end.
  Result<size_t> read_at(std::span<uint8_t> into, uint64_t offset) const;
  Result<void> write_at(std::span<const uint8_t> bytes, uint64_t offset) const;
  Result<void> truncate(uint64_t size) const;
  Result<void> sync_data() const;  // fdatasync
  Result<void> sync() const;       // fsync
  void close();

 private:
  int descriptor_ = -1;
  std::string path_;
};

// Makes creations, renames and deletions in `folder` durable.
Result<void> sync_folder(const std::filesystem::path& folder);
// With mode 0700, where it is missing; also its parents.
Result<void> create_folder(const std::filesystem::path& folder);
// False where it was not there.
Result<bool> remove_file(const std::filesystem::path& path);
Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace tandem::store
