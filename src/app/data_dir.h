// The data folder: made where it is missing, checked for being writable, and locked against a
// second server. Errors name the folder and say what to do.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace tandem::app {

class DataDir {
 public:
  static Result<DataDir> open(const std::filesystem::path& path);
  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  // Tells this folder from those of other servers on the same database; made at the first call.
  Result<std::string> node_id() const;

 private:
  DataDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;  // descriptor of the lock file
};

}  // namespace tandem::app
