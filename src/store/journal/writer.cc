#include "store/journal/writer.h"

#include <fcntl.h>
#include <sys/random.h>

#include "base/clock.h"

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
                                                             uint64_t number, uint64_t previous,
                                                             const JournalOptions& options) {
  const SegmentHeader header{
      .salt = random_salt(), .number = number, .previous = previous, .created_us = wall_now_us()};
  TRY(File file, create_segment(folder, header));
  return std::shared_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), number, kSegmentHeaderBytes, header.salt, options));
}

Result<std::shared_ptr<SegmentWriter>> SegmentWriter::reopen(const std::filesystem::path& folder,
                                                             Position end, uint32_t salt,
                                                             const JournalOptions& options) {
  TRY(File file, File::open(segment_path(folder, end.segment), O_RDWR));
  return std::shared_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), end.segment, end.offset, salt, options));
}

SegmentWriter::SegmentWriter(File file, uint64_t number, uint64_t size, uint32_t salt,
                             const JournalOptions& options)
    : file_(std::move(file)),
      appender_(make_appender(file_, options.appending, options.segment_bytes)),
      number_(number),
      size_(size),
      salt_(salt) {}

Result<void> SegmentWriter::append(RecordKind kind, std::span<const uint8_t> payload) {
  if (has_torn_tail_) TRY_VOID(cut());
  const auto header = encode_record_header(salt_, kind, payload);
  Result<void> written = appender_->put(size_, header, payload);
  if (written) {
    size_ += header.size() + payload.size();
  } else {
    has_torn_tail_ = true;
    (void)cut();
  }
  return written;
}

Result<void> SegmentWriter::cut() {
  TRY_VOID(appender_->cut(size_));
  has_torn_tail_ = false;
  return {};
}

}  // namespace tandem::store::journal
