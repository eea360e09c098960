// The bytes of a journal: segment header, record header, state. Little endian. Pure; the reasons
// stand in docs/adr/0003-journal-format.md.
//
//   segment  magic "TNDMJRNL" · version u32 · salt u32 · number u64 · previous u64 · created_us i64
//   ·
//            crc u32 over all before · zero u32 · records
//   record   crc u32, seeded with the salt, over all that follows · length u32 · kind u8 · zero[3]
//   ·
//            payload
//   state    magic "TNDMSTAT" · segment u64 · offset u64 · crc u32 over all before
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "store/journal.h"

namespace tandem::store::journal {

inline constexpr size_t kSegmentHeaderBytes = 48;
inline constexpr size_t kRecordHeaderBytes = 12;
inline constexpr size_t kMaxRecordBytes = kRecordHeaderBytes + limits::kMaxJournalRecordBytes;
inline constexpr size_t kStateBytes = 28;
inline constexpr uint32_t kVersion = 1;

struct SegmentHeader {
  uint32_t version = kVersion;
  uint32_t salt = 0;  // random: neither stale nor forged bytes pass for a record of this file
  uint64_t number = 0;
  uint64_t previous = 0;  // the segment before; 0 for the first: a missing file is noticed
  int64_t created_us = 0;
};

std::array<uint8_t, kSegmentHeaderBytes> encode(const SegmentHeader& header);
// nullopt where the bytes are too few or damaged.
std::optional<SegmentHeader> decode_segment_header(std::span<const uint8_t> bytes);

std::array<uint8_t, kRecordHeaderBytes> encode_record_header(uint32_t salt, RecordKind kind,
                                                             std::span<const uint8_t> payload);

enum class Parse : uint8_t {
  Record,
  End,         // no byte is left
  Incomplete,  // the bytes stop inside of a record
  Damaged,     // they can be no record, whatever follows
};

struct Parsed {
  Parse parse = Parse::End;
  RecordKind kind = RecordKind::Reserve;
  std::span<const uint8_t> payload;
  size_t size = 0;  // header and payload
};

// The record that `bytes` starts with.
Parsed parse_record(uint32_t salt, std::span<const uint8_t> bytes);

// Up to where the disk is known to hold everything.
std::array<uint8_t, kStateBytes> encode_state(Position synced);
std::optional<Position> decode_state(std::span<const uint8_t> bytes);

}  // namespace tandem::store::journal
