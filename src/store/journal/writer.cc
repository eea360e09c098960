#include "store/journal/writer.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/uio.h>

#include <cerrno>

#include "base/clock.h"
#include "store/errors.h"

namespace tandem::store::journal {
namespace {

uint32_t random_salt() {
  uint32_t salt = 0;
  // Never fails for so few bytes once the system is up; 0 would still be a correct salt.
  (void)!::getrandom(&salt, sizeof(salt), 0);
  return salt;
}

}  // namespace

Result<std::shared_ptr<SegmentWriter>> SegmentWriter::create(const std::filesystem::path& folder,
                                                             uint64_t number, uint64_t previous) {
  const SegmentHeader header{
      .salt = random_salt(), .number = number, .previous = previous, .created_us = wall_now_us()};
  TRY(File file, create_segment(folder, header));
  return std::shared_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), number, kSegmentHeaderBytes, header.salt));
}

Result<std::shared_ptr<SegmentWriter>> SegmentWriter::reopen(const std::filesystem::path& folder,
                                                             Position end, uint32_t salt) {
  TRY(File file, File::open(segment_path(folder, end.segment), O_RDWR));
  return std::shared_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), end.segment, end.offset, salt));
}

// A short write means that the disk filled up in its middle; asking for the rest gets the reason.
Result<void> SegmentWriter::write(std::span<const uint8_t> header,
                                  std::span<const uint8_t> payload) const {
  const iovec parts[2] = {{const_cast<uint8_t*>(header.data()), header.size()},
                          {const_cast<uint8_t*>(payload.data()), payload.size()}};
  const size_t wanted = header.size() + payload.size();
  const ssize_t count =
      ::pwritev(file_.descriptor(), parts, payload.empty() ? 1 : 2, static_cast<off_t>(size_));
  if (count == static_cast<ssize_t>(wanted)) return {};
  if (count < 0 && errno != EINTR) {
    return fail(store::errors::file_failed(file_.path(), "be appended to", errno));
  }
  size_t done = count < 0 ? 0 : static_cast<size_t>(count);
  if (done < header.size()) {
    TRY_VOID(file_.write_at(header.subspan(done), size_ + done));
    done = header.size();
  }
  return file_.write_at(payload.subspan(done - header.size()), size_ + done);
}

Result<void> SegmentWriter::append(RecordKind kind, std::span<const uint8_t> payload) {
  if (has_torn_tail_) TRY_VOID(file_.truncate(size_));
  has_torn_tail_ = false;
  const auto header = encode_record_header(salt_, kind, payload);
  Result<void> written = write(header, payload);
  if (written) {
    size_ += header.size() + payload.size();
  } else {
    has_torn_tail_ = !file_.truncate(size_).has_value();
  }
  return written;
}

}  // namespace tandem::store::journal
