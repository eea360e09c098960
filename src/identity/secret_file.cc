#include "identity/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "base/config/load.h"
#include "base/log.h"
#include "identity/errors.h"

namespace tandem::identity {
namespace {

constexpr size_t kMaxSecretBytes = 4096;

Result<std::optional<std::string>> find_secret(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return fail(errors::secret_file_failed(path, "read", errno));
  }
  if ((status.st_mode & 077) != 0) {
    log::warn("identity", "{} can be read by other users of this machine: chmod 600 it", path);
  }
  TRY(std::string text, config::read_file(path, kMaxSecretBytes));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return fail(errors::secret_file_empty(path));
  return std::optional(std::move(text));
}

Result<void> write_whole(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail(errors::secret_file_failed(path, "created", errno));
  int error = ::fchmod(file, 0600) == 0 ? 0 : errno;
  while (error == 0 && !text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count > 0)
      text.remove_prefix(static_cast<size_t>(count));
    else if (errno != EINTR)
      error = errno;
  }
  if (error == 0 && ::fsync(file) != 0) error = errno;
  ::close(file);
  if (error != 0) return fail(errors::secret_file_failed(path, "written", error));
  return {};
}

void sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  const int handle = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

}  // namespace

Result<SecretFile> read_or_create_secret(const std::string& path,
                                         const std::function<std::string()>& make) {
  TRY(auto found, find_secret(path));
  if (found) return SecretFile{*std::move(found), false};

  SecretFile out{make(), true};
  static std::atomic<int> drafts{0};
  const std::string draft =
      path + "." + std::to_string(::getpid()) + "." + std::to_string(++drafts);
  TRY_VOID(write_whole(draft, out.content + "\n"));
  // link() fails where the name exists, so the first of two servers wins and both use its secret.
  const int error = ::link(draft.c_str(), path.c_str()) == 0 ? 0 : errno;
  ::unlink(draft.c_str());
  if (error != 0 && error != EEXIST)
    return fail(errors::secret_file_failed(path, "created", error));
  sync_folder_of(path);
  if (error == 0) return out;
  TRY(found, find_secret(path));
  if (!found) return fail(errors::secret_file_failed(path, "read", ENOENT));
  return SecretFile{*std::move(found), false};
}

}  // namespace tandem::identity
