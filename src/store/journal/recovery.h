// Recovery: what opening a journal makes of a folder that a crash left. Runs once, under the
// folder's lock, before anything is appended.
#pragma once

#include <filesystem>
#include <vector>

#include "store/journal/folder.h"

namespace tandem::store::journal {

struct Recovered {
  uint64_t newest = 0;    // highest segment number that was ever used; 0: none
  uint64_t previous = 0;  // what a new segment names as its predecessor
  Position end;           // where the last whole record stops; {} where there is no segment
  uint32_t salt = 0;      // of the segment of `end`
  // Everything up to `end` had been synced: nothing can have been lost. Otherwise records behind
  // `end` may have existed and been read, and appending goes on in a new segment, so that no
  // position is used twice.
  bool may_continue = false;
  uint64_t cut_bytes = 0;          // set aside
  std::vector<uint64_t> unsynced;  // segments that may not be on the disk yet
};

// Finds the first place, from the last synced one on, where a record is torn or damaged. What was
// synced must be whole (StorageFailed naming file and offset); behind it, a power cut may have
// lost anything in any order, so the journal is cut there and the rest is set aside.
Result<Recovered> recover(const std::filesystem::path& folder);

}  // namespace tandem::store::journal
