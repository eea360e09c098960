#include "app/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/ids.h"

namespace tandem::app {

Result<DataDir> DataDir::open(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  std::filesystem::create_directories(whole, error);
  if (error) {
    return fail(Code::StorageFailed,
                "The data folder " + whole.string() + " cannot be made: " + error.message() + ".",
                "Choose another with --data-dir, or give this user the right to write there.");
  }
  std::filesystem::permissions(whole, std::filesystem::perms::owner_all, error);
  const std::string file = (whole / "tandem.lock").string();
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return fail(
        Code::StorageFailed,
        "The data folder " + whole.string() + " cannot be written: " + std::strerror(errno) + ".",
        "Make it writable for this user, or choose another with --data-dir.");
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(Code::StorageFailed,
                "Another Tandem server uses the data folder " + whole.string() + ".",
                "Stop it first, or choose another folder with --data-dir.");
  }
  return DataDir(whole, lock);
}

Result<std::string> DataDir::node_id() const {
  const std::filesystem::path path = path_ / "node.id";
  std::string known;
  if (std::ifstream(path) >> known && !known.empty()) return known;
  char ulid[26];
  const std::string made = "node_" + std::string(write_ulid(ulid));
  std::ofstream file(path);
  if (!(file << made << std::endl)) {
    return fail(Code::StorageFailed, "The file " + path.string() + " cannot be written.",
                "Make the data folder writable for this user.");
  }
  return made;
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDir::~DataDir() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace tandem::app
