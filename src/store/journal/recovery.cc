#include "store/journal/recovery.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "store/journal/journal_errors.h"
#include "store/journal/segment_reader.h"

namespace tandem::store::journal {
namespace {

constexpr size_t kCopyBytes = 256 * 1024;

class Recovery {
 public:
  explicit Recovery(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<Recovered> run();

 private:
  Result<void> scan(const SegmentFile& segment);
  Result<void> scan_records(const SegmentFile& segment, SegmentReader& reader);
  Result<void> cut_reserved(const SegmentFile& segment, uint64_t offset);
  Result<void> cut_records(const SegmentFile& segment, uint64_t offset, uint64_t size);
  Result<void> set_aside(const SegmentFile& segment, uint64_t offset, uint64_t size);
  Result<void> set_whole_file_aside(const SegmentFile& segment);

  const std::filesystem::path folder_;
  Position synced_;
  bool was_cut_ = false;
  Recovered recovered_;
};

// The bytes behind `offset` go to a file of their own, for a person to look at.
Result<void> Recovery::set_aside(const SegmentFile& segment, uint64_t offset, uint64_t size) {
  std::filesystem::path target = segment.path;
  target.replace_extension(fmt::format("{}.torn", offset));
  TRY(const File from, File::open(segment.path, O_RDONLY));
  TRY(const File to, File::open(target, O_CREAT | O_TRUNC | O_WRONLY));
  std::vector<uint8_t> buffer(kCopyBytes);
  for (uint64_t at = offset; at < size;) {
    TRY(const size_t count, from.read_at(buffer, at));
    if (count == 0) break;
    TRY_VOID(to.write_at(std::span(buffer).first(count), at - offset));
    at += count;
  }
  return to.sync();
}

Result<void> Recovery::cut_records(const SegmentFile& segment, uint64_t offset, uint64_t size) {
  log::warn("store", "the journal file {} has a torn tail: {} bytes from byte {} on are set aside",
            segment.path.native(), size - offset, offset);
  if (Result<void> copied = set_aside(segment, offset, size); !copied) {
    // Less than a record was never acknowledged; a full disk must not keep the server from
    // starting.
    if (size - offset > kMaxRecordBytes) return copied;
    log::warn("store", "the torn tail is dropped: {}", copied.error().describe());
  }
  TRY(const File file, File::open(segment.path, O_RDWR));
  TRY_VOID(file.truncate(offset));
  TRY_VOID(file.sync());
  was_cut_ = true;
  recovered_.cut_bytes += size - offset;
  return {};
}

// What the server that ended had reserved and not used.
Result<void> Recovery::cut_reserved(const SegmentFile& segment, uint64_t offset) {
  TRY(const File file, File::open(segment.path, O_RDWR));
  TRY_VOID(file.truncate(offset));
  return file.sync();
}

Result<void> Recovery::set_whole_file_aside(const SegmentFile& segment) {
  std::filesystem::path target = segment.path;
  target.replace_extension("torn");
  TRY(const File file, File::open(segment.path, O_RDONLY));
  TRY(const uint64_t size, file.size());
  log::warn("store", "the journal file {} lies behind a torn tail: its {} bytes are set aside",
            segment.path.native(), size);
  was_cut_ = true;
  recovered_.cut_bytes += size;
  return rename_file(segment.path, target);
}

Result<void> Recovery::scan_records(const SegmentFile& segment, SegmentReader& reader) {
  uint64_t offset = kSegmentHeaderBytes;
  Parsed parsed;
  while (true) {
    TRY(parsed, reader.read(offset));
    if (parsed.parse != Parse::Record) break;
    offset += parsed.size;
  }
  TRY(const uint64_t size, reader.size());
  TRY(const uint64_t written, reader.written_end(offset));
  const bool ends_here = parsed.parse == Parse::End || written == offset;
  const bool is_whole =
      ends_here && (segment.number != synced_.segment || offset >= synced_.offset);
  if (!is_whole && Position{segment.number, offset} < synced_) {
    const std::string_view what = parsed.parse == Parse::Damaged && !ends_here
                                      ? "a record does not fit its checksum"
                                      : "it ends inside of what was synced";
    return fail(errors::damaged(segment.path.native(), offset, what));
  }
  if (!ends_here) {
    // A header's worth of zeros may belong to the torn record; more was only reserved.
    TRY_VOID(cut_records(segment, offset, std::min(size, written + kRecordHeaderBytes)));
  } else if (size > offset) {
    TRY_VOID(cut_reserved(segment, offset));
  }
  recovered_.end = {segment.number, offset};
  recovered_.salt = reader.header().salt;
  recovered_.unsynced.push_back(segment.number);
  return {};
}

Result<void> Recovery::scan(const SegmentFile& segment) {
  if (was_cut_) return set_whole_file_aside(segment);
  TRY(std::optional<SegmentReader> reader, SegmentReader::open(segment));
  const bool was_synced = segment.number <= synced_.segment;
  if (!reader) {
    if (!was_synced) return set_whole_file_aside(segment);
    return fail(errors::damaged(segment.path.native(), 0, "its header does not fit its checksum"));
  }
  const uint64_t before = recovered_.end.segment;
  if (before != 0 && reader->header().previous != before) {
    if (!was_synced) return set_whole_file_aside(segment);
    return fail(errors::segment_missing(folder_.native(), before, segment.number));
  }
  return scan_records(segment, *reader);
}

Result<Recovered> Recovery::run() {
  TRY(synced_, read_state(folder_));
  TRY(const std::vector<SegmentFile> segments, list_segments(folder_));
  recovered_.newest = synced_.segment;
  recovered_.previous = synced_.segment;
  if (segments.empty()) return recovered_;
  recovered_.newest = std::max(recovered_.newest, segments.back().number);
  if (segments.back().number < synced_.segment) {
    log::error("store", "the newest file of the journal {} is missing: segment {} was synced",
               folder_.native(), synced_.segment);
  }
  // Older files were synced whole; readers check them again. The newest one is always looked at.
  const uint64_t first = std::min(synced_.segment, segments.back().number);
  for (const SegmentFile& segment : segments) {
    if (segment.number >= first) TRY_VOID(scan(segment));
  }
  recovered_.previous = std::max(synced_.segment, recovered_.end.segment);
  recovered_.may_continue = recovered_.end == synced_ && !was_cut_;
  if (was_cut_) TRY_VOID(sync_folder(folder_));
  return recovered_;
}

}  // namespace

Result<Recovered> recover(const std::filesystem::path& folder) {
  return Recovery(folder).run();
}

}  // namespace tandem::store::journal
