#include "store/journal/segment_reader.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "store/journal/journal_errors.h"

namespace tandem::store::journal {
namespace {

constexpr size_t kChunkBytes = 256 * 1024;
static_assert(kChunkBytes >= kMaxRecordBytes, "a chunk holds at least one whole record");

}  // namespace

Result<std::optional<SegmentReader>> SegmentReader::open(const SegmentFile& segment) {
  TRY(File file, File::open(segment.path, O_RDONLY));
  std::array<uint8_t, kSegmentHeaderBytes> bytes{};
  TRY(const size_t size, file.read_at(bytes, 0));
  const std::optional<SegmentHeader> header = decode_segment_header(std::span(bytes).first(size));
  if (!header) return std::optional<SegmentReader>();
  if (header->version > kVersion) {
    return fail(errors::newer_version(segment.path.native(), header->version));
  }
  if (header->number != segment.number) {
    return fail(
        errors::damaged(segment.path.native(), 16,
                        fmt::format("it is segment {} under another name", header->number)));
  }
  return std::optional<SegmentReader>(SegmentReader(std::move(file), *header));
}

Result<uint64_t> SegmentReader::written_end(uint64_t from) const {
  std::vector<uint8_t> chunk(kChunkBytes);
  uint64_t end = from;
  while (true) {
    TRY(const size_t count, file_.read_at(chunk, from));
    if (count == 0) return end;
    const auto used = std::find_if(chunk.rend() - static_cast<std::ptrdiff_t>(count), chunk.rend(),
                                   [](uint8_t byte) { return byte != 0; });
    if (used != chunk.rend()) end = from + static_cast<uint64_t>(chunk.rend() - used);
    from += count;
  }
}

std::span<const uint8_t> SegmentReader::buffered(uint64_t offset, uint64_t limit) const {
  if (offset < buffer_offset_ || offset >= buffer_offset_ + buffer_size_) return {};
  const uint64_t end = std::min(buffer_offset_ + buffer_size_, limit);
  if (offset >= end) return {};
  return std::span(buffer_).subspan(offset - buffer_offset_, end - offset);
}

Result<Parsed> SegmentReader::read(uint64_t offset, uint64_t limit) {
  if (offset >= limit) return Parsed{.parse = Parse::End};
  const Parsed parsed = parse_record(header_.salt, buffered(offset, limit));
  if (parsed.parse == Parse::Record) return parsed;
  TRY(const uint64_t file_size, file_.size());
  const uint64_t end = std::min(file_size, limit);
  const size_t wanted = offset < end ? std::min<uint64_t>(kChunkBytes, end - offset) : 0;
  if (buffer_.size() < wanted) buffer_.resize(wanted);
  buffer_size_ = 0;
  TRY(buffer_size_, file_.read_at(std::span(buffer_).first(wanted), offset));
  buffer_offset_ = offset;
  return parse_record(header_.salt, buffered(offset, limit));
}

}  // namespace tandem::store::journal
