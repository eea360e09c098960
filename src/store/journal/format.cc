#include "store/journal/format.h"

#include <cstring>

#include "store/journal/crc32c.h"

namespace tandem::store::journal {
namespace {

constexpr char kSegmentMagic[] = "TNDMJRNL";
constexpr char kStateMagic[] = "TNDMSTAT";
constexpr size_t kMagicBytes = 8;

template <class Number>
void put(uint8_t* at, Number number) {
  for (size_t i = 0; i < sizeof(Number); ++i) {
    at[i] = static_cast<uint8_t>(static_cast<uint64_t>(number) >> (8 * i));
  }
}

template <class Number>
Number get(const uint8_t* at) {
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) number |= static_cast<uint64_t>(at[i]) << (8 * i);
  return static_cast<Number>(number);
}

}  // namespace

std::array<uint8_t, kSegmentHeaderBytes> encode(const SegmentHeader& header) {
  std::array<uint8_t, kSegmentHeaderBytes> bytes{};
  std::memcpy(bytes.data(), kSegmentMagic, kMagicBytes);
  put(bytes.data() + 8, header.version);
  put(bytes.data() + 12, header.salt);
  put(bytes.data() + 16, header.number);
  put(bytes.data() + 24, header.previous);
  put(bytes.data() + 32, header.created_us);
  put(bytes.data() + 40, crc32c(0, std::span(bytes).first(40)));
  return bytes;
}

std::optional<SegmentHeader> decode_segment_header(std::span<const uint8_t> bytes) {
  if (bytes.size() < kSegmentHeaderBytes) return std::nullopt;
  if (std::memcmp(bytes.data(), kSegmentMagic, kMagicBytes) != 0) return std::nullopt;
  if (get<uint32_t>(bytes.data() + 40) != crc32c(0, bytes.first(40))) return std::nullopt;
  SegmentHeader header;
  header.version = get<uint32_t>(bytes.data() + 8);
  header.salt = get<uint32_t>(bytes.data() + 12);
  header.number = get<uint64_t>(bytes.data() + 16);
  header.previous = get<uint64_t>(bytes.data() + 24);
  header.created_us = get<int64_t>(bytes.data() + 32);
  return header;
}

std::array<uint8_t, kRecordHeaderBytes> encode_record_header(uint32_t salt, RecordKind kind,
                                                             std::span<const uint8_t> payload) {
  std::array<uint8_t, kRecordHeaderBytes> bytes{};
  put(bytes.data() + 4, static_cast<uint32_t>(payload.size()));
  bytes[8] = static_cast<uint8_t>(kind);
  put(bytes.data(), crc32c(crc32c(salt, std::span(bytes).subspan(4)), payload));
  return bytes;
}

Parsed parse_record(uint32_t salt, std::span<const uint8_t> bytes) {
  if (bytes.empty()) return {.parse = Parse::End};
  if (bytes.size() < kRecordHeaderBytes) return {.parse = Parse::Incomplete};
  const auto length = get<uint32_t>(bytes.data() + 4);
  const bool well_formed = length <= limits::kMaxJournalRecordBytes && bytes[8] != 0 &&
                           bytes[9] == 0 && bytes[10] == 0 && bytes[11] == 0;
  if (!well_formed) return {.parse = Parse::Damaged};
  const size_t size = kRecordHeaderBytes + length;
  if (bytes.size() < size) return {.parse = Parse::Incomplete};
  if (get<uint32_t>(bytes.data()) != crc32c(salt, bytes.first(size).subspan(4))) {
    return {.parse = Parse::Damaged};
  }
  return {Parse::Record, static_cast<RecordKind>(bytes[8]),
          bytes.first(size).subspan(kRecordHeaderBytes), size};
}

std::array<uint8_t, kStateBytes> encode_state(Position synced) {
  std::array<uint8_t, kStateBytes> bytes{};
  std::memcpy(bytes.data(), kStateMagic, kMagicBytes);
  put(bytes.data() + 8, synced.segment);
  put(bytes.data() + 16, synced.offset);
  put(bytes.data() + 24, crc32c(0, std::span(bytes).first(24)));
  return bytes;
}

std::optional<Position> decode_state(std::span<const uint8_t> bytes) {
  if (bytes.size() < kStateBytes) return std::nullopt;
  if (std::memcmp(bytes.data(), kStateMagic, kMagicBytes) != 0) return std::nullopt;
  if (get<uint32_t>(bytes.data() + 24) != crc32c(0, bytes.first(24))) return std::nullopt;
  return Position{get<uint64_t>(bytes.data() + 8), get<uint64_t>(bytes.data() + 16)};
}

}  // namespace tandem::store::journal
