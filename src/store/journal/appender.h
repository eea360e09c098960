// Appender: how the bytes of a record get into a segment's file. Owned by its SegmentWriter, whose
// file outlives it; one thread at a time, while another may sync the file.
//   Mapped   the next MiB of the file is reserved on the disk, filled with zeros and mapped: an
//            append is a copy. Only where a reserved block can always be written.
//   Written  a system call for each record, on every file system.
// docs/adr/0003-journal-format.md says when and why.
#pragma once

#include <memory>
#include <span>

#include "store/file.h"
#include "store/journal.h"

namespace tandem::store::journal {

class Appender {
 public:
  virtual ~Appender() = default;
  // Puts `header` and then `payload` at `offset`, where the last record ends. After an error a part
  // of them may stand there.
  virtual Result<void> put(uint64_t offset, std::span<const uint8_t> header,
                           std::span<const uint8_t> payload) = 0;
  // The file ends at `offset`: what was reserved or half written behind it goes.
  virtual Result<void> cut(uint64_t offset) = 0;
};

// `wanted` where the file system allows it. No more than `capacity` is reserved, unless one record
// is larger.
std::unique_ptr<Appender> make_appender(const File& file, Appending wanted, uint64_t capacity);

// Whether blocks that fallocate(2) reserved in this file can always be written: not where a write
// goes to another place than the one that was reserved, as on a copy-on-write file system.
bool keeps_reservations(const File& file);

}  // namespace tandem::store::journal
