// SegmentWriter: one segment file that is appended to. Its owner's mutex makes appends one at a
// time; syncing may run beside them.
#pragma once

#include <memory>

#include "store/journal/appender.h"
#include "store/journal/folder.h"

namespace tandem::store::journal {

class SegmentWriter {
 public:
  // A new file, or an existing one whose records stop at `end`.
  static Result<std::shared_ptr<SegmentWriter>> create(const std::filesystem::path& folder,
                                                       uint64_t number, uint64_t previous,
                                                       const JournalOptions& options);
  static Result<std::shared_ptr<SegmentWriter>> reopen(const std::filesystem::path& folder,
                                                       Position end, uint32_t salt,
                                                       const JournalOptions& options);

  uint64_t number() const { return number_; }
  uint64_t size() const { return size_; }

  // Where it fails, the file is cut back to what it was; where even that fails, the next append
  // tries again before it writes.
  Result<void> append(RecordKind kind, std::span<const uint8_t> payload);
  // The file ends with its last record: what was reserved behind it goes.
  Result<void> cut();
  Result<void> sync() const { return file_.sync_data(); }  // any thread

 private:
  SegmentWriter(File file, uint64_t number, uint64_t size, uint32_t salt,
                const JournalOptions& options);

  const File file_;
  const std::unique_ptr<Appender> appender_;
  const uint64_t number_;
  uint64_t size_;
  const uint32_t salt_;
  bool has_torn_tail_ = false;
};

}  // namespace tandem::store::journal
