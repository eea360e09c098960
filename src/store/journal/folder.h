// The files of a journal's folder: `<20 digits>.journal` segments, `state` (what is synced),
// `lock`, and `*.torn` (what a crash left behind). Any thread; nothing is cached.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/file.h"
#include "store/journal/format.h"

namespace tandem::store::journal {

struct SegmentFile {
  uint64_t number = 0;
  std::filesystem::path path;
};

std::filesystem::path segment_path(const std::filesystem::path& folder, uint64_t number);
std::filesystem::path state_path(const std::filesystem::path& folder);

// By number, ascending.
Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& folder);
// {} where there is no state or it is unreadable.
Result<Position> read_state(const std::filesystem::path& folder);
// Held until the file is closed; an error where another process or journal holds it.
Result<File> lock_folder(const std::filesystem::path& folder);

// Creates a segment with its header; leaves nothing behind where that fails.
Result<File> create_segment(const std::filesystem::path& folder, const SegmentHeader& header);

}  // namespace tandem::store::journal
