// The inside of JournalReader, and the door through which Journal makes one that follows it.
#pragma once

#include <memory>
#include <optional>

#include "store/journal/progress.h"
#include "store/journal/segment_reader.h"

namespace tandem::store {

struct JournalReader::State {
  std::filesystem::path folder;
  std::shared_ptr<const journal::Progress> live;  // null: the journal may be another process's
  Position live_end;  // as of the last look: appenders are not disturbed for every record
  Position at;
  std::optional<journal::SegmentReader> segment;

  static Result<std::unique_ptr<State>> open(std::filesystem::path folder, Position from,
                                             std::shared_ptr<const journal::Progress> live);
  Result<std::optional<Record>> next();
  Result<bool> skip_damaged_segment();

 private:
  Result<void> check_position() const;
  Result<bool> has_later_segment() const;
  Result<bool> open_segment();
  Result<bool> enter(const journal::SegmentFile& file);
  Result<bool> move_on();
  Failure damage(journal::Parse parse) const;
};

}  // namespace tandem::store
