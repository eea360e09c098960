#include "engines/llama/process_info.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string>

namespace tandem::engines {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The `index`-th word of a line that is padded with spaces.
std::string_view word(std::string_view line, size_t index) {
  size_t begin = 0;
  while (true) {
    begin = line.find_first_not_of(' ', begin);
    if (begin == std::string_view::npos) return {};
    const size_t end = std::min(line.find(' ', begin), line.size());
    if (index-- == 0) return line.substr(begin, end - begin);
    begin = end;
  }
}

std::string read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string text;
  std::array<char, 16 * 1024> buffer;
  ssize_t count;
  while ((count = ::read(file, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  ::close(file);
  return text;
}

std::vector<uint64_t> socket_inodes(pid_t pid) {
  std::vector<uint64_t> inodes;
  const std::string folder = fmt::format("/proc/{}/fd", pid);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
  if (!entries) return inodes;
  while (const dirent* entry = ::readdir(entries.get())) {
    std::array<char, PATH_MAX> target;
    const ssize_t length =
        ::readlinkat(::dirfd(entries.get()), entry->d_name, target.data(), target.size());
    if (length <= 0) continue;
    if (auto inode = parse_socket_link({target.data(), static_cast<size_t>(length)})) {
      inodes.push_back(*inode);
    }
  }
  return inodes;
}

}  // namespace

std::optional<uint64_t> parse_socket_link(std::string_view target) {
  constexpr std::string_view kPrefix = "socket:[";
  if (!target.starts_with(kPrefix) || !target.ends_with(']')) return std::nullopt;
  target.remove_prefix(kPrefix.size());
  target.remove_suffix(1);
  return parse_number<uint64_t>(target);
}

std::optional<uint16_t> parse_listening_port(std::string_view net_tcp,
                                             const std::vector<uint64_t>& inodes) {
  constexpr std::string_view kListen = "0A";
  while (!net_tcp.empty()) {
    const size_t end = std::min(net_tcp.find('\n'), net_tcp.size());
    const std::string_view line = net_tcp.substr(0, end);
    net_tcp.remove_prefix(std::min(end + 1, net_tcp.size()));
    if (word(line, 3) != kListen) continue;
    const auto inode = parse_number<uint64_t>(word(line, 9));
    if (!inode || std::find(inodes.begin(), inodes.end(), *inode) == inodes.end()) continue;
    const std::string_view local = word(line, 1);  // "0100007F:1F90"
    const size_t colon = local.find(':');
    if (colon == std::string_view::npos) continue;
    if (auto port = parse_number<uint16_t>(local.substr(colon + 1), 16)) return port;
  }
  return std::nullopt;
}

std::optional<uint64_t> parse_resident_pages(std::string_view statm) {
  return parse_number<uint64_t>(word(statm, 1));
}

std::optional<uint16_t> listening_port(pid_t pid) {
  const std::vector<uint64_t> inodes = socket_inodes(pid);
  if (inodes.empty()) return std::nullopt;  // spares reading a table of every connection
  return parse_listening_port(read_file(fmt::format("/proc/{}/net/tcp", pid)), inodes);
}

std::optional<int64_t> process_cpu_us(pid_t pid) {
  clockid_t clock;
  timespec time;
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return std::nullopt;
  }
  return int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

std::optional<uint64_t> resident_bytes(pid_t pid) {
  const auto pages = parse_resident_pages(read_file(fmt::format("/proc/{}/statm", pid)));
  if (!pages) return std::nullopt;
  return *pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace tandem::engines
