// Helpers of the journal's tests: what a folder holds, and ways to damage it. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "store/journal.h"
#include "store/journal/folder.h"

namespace tandem::store::testing {

inline std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string as_text(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

// The journal's tests run with both ways of appending.
inline auto both_ways() {
  return ::testing::Values(Appending::Mapped, Appending::Written);
}
inline std::string name_of_way(const ::testing::TestParamInfo<Appending>& way) {
  return way.param == Appending::Mapped ? "Mapped" : "Written";
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
inline void overwrite(const std::filesystem::path& path, uint64_t offset, std::string_view bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file << bytes;
}

// As if nothing had ever been synced: what a power cut may leave.
inline void forget_synced(const std::filesystem::path& folder) {
  std::filesystem::remove(journal::state_path(folder));
}

inline std::vector<uint64_t> segment_numbers(const std::filesystem::path& folder) {
  std::vector<uint64_t> numbers;
  const auto segments = journal::list_segments(folder);
  for (const auto& segment : *segments) numbers.push_back(segment.number);
  return numbers;
}

// Every payload from `from` to the end.
inline std::vector<std::string> read_all(JournalReader& reader) {
  std::vector<std::string> payloads;
  while (true) {
    auto record = reader.next();
    EXPECT_TRUE(record) << record.error().describe();
    if (!record || !*record) return payloads;
    payloads.push_back(as_text((*record)->payload));
  }
}
inline std::vector<std::string> read_all(const std::filesystem::path& folder, Position from = {}) {
  auto reader = JournalReader::open(folder, from);
  EXPECT_TRUE(reader) << reader.error().describe();
  return reader ? read_all(*reader) : std::vector<std::string>();
}

}  // namespace tandem::store::testing
