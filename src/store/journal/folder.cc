#include "store/journal/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "store/errors.h"
#include "store/journal/journal_errors.h"

namespace tandem::store::journal {
namespace {

constexpr std::string_view kExtension = ".journal";
constexpr size_t kDigits = 20;

// 0 for every other file.
uint64_t segment_number(std::string_view name) {
  if (name.size() != kDigits + kExtension.size() || !name.ends_with(kExtension)) return 0;
  uint64_t number = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
  return error == std::errc() && end == name.data() + kDigits ? number : 0;
}

}  // namespace

std::filesystem::path segment_path(const std::filesystem::path& folder, uint64_t number) {
  return folder / fmt::format("{:020}{}", number, kExtension);
}

std::filesystem::path state_path(const std::filesystem::path& folder) {
  return folder / "state";
}

Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<SegmentFile> segments;
  std::filesystem::directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::filesystem::path& path = entry->path();
    if (uint64_t number = segment_number(path.filename().native())) {
      segments.push_back({number, path});
    }
  }
  if (error) return fail(store::errors::file_failed(folder.native(), "be listed", error.value()));
  std::ranges::sort(segments, {}, &SegmentFile::number);
  return segments;
}

Result<Position> read_state(const std::filesystem::path& folder) {
  Result<File> file = File::open(state_path(folder), O_RDONLY);
  if (!file && file.error().code == Code::NotFound) return Position{};
  if (!file) return fail(std::move(file).error());
  std::array<uint8_t, kStateBytes> bytes{};
  TRY(const size_t size, file->read_at(bytes, 0));
  return decode_state(std::span(bytes).first(size)).value_or(Position{});
}

Result<File> lock_folder(const std::filesystem::path& folder) {
  TRY(File file, File::open(folder / "lock", O_CREAT | O_RDWR));
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(errors::in_use(folder.native()));
    return fail(store::errors::file_failed(file.path(), "be locked", errno));
  }
  return file;
}

Result<File> create_segment(const std::filesystem::path& folder, const SegmentHeader& header) {
  TRY(File file, File::open(segment_path(folder, header.number), O_CREAT | O_EXCL | O_RDWR));
  if (Result<void> written = file.write_at(encode(header), 0); !written) {
    (void)remove_file(file.path());
    return fail(std::move(written).error());
  }
  return file;
}

}  // namespace tandem::store::journal
