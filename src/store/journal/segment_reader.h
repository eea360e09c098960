// SegmentReader: the records of one segment file, read in large pieces. One thread at a time.
#pragma once

#include <memory>
#include <vector>

#include "store/journal/folder.h"

namespace tandem::store::journal {

class SegmentReader {
 public:
  // nullopt where the header is not there in full or damaged. An error where it is another
  // segment's or of a newer format.
  static Result<std::optional<SegmentReader>> open(const SegmentFile& segment);

  const SegmentHeader& header() const { return header_; }
  const std::string& path() const { return file_.path(); }
  Result<uint64_t> size() const { return file_.size(); }
  // Behind the last byte at or after `from` that is not zero; `from` where there is none. What was
  // reserved for records and not used is zero, and no record begins with twelve zeros.
  Result<uint64_t> written_end(uint64_t from) const;

  // The record at `offset`, looking at no byte from `limit` on. Its payload is valid until the next
  // call. Reads again where the file may have grown.
  Result<Parsed> read(uint64_t offset, uint64_t limit = UINT64_MAX);

 private:
  SegmentReader(File file, const SegmentHeader& header) : file_(std::move(file)), header_(header) {}
  std::span<const uint8_t> buffered(uint64_t offset, uint64_t limit) const;

  File file_;
  SegmentHeader header_;
  std::vector<uint8_t> buffer_;
  uint64_t buffer_offset_ = 0;
  size_t buffer_size_ = 0;
};

}  // namespace tandem::store::journal
