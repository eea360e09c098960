#include "store/journal/format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text/encode.h"
#include "store/journal/crc32c.h"
#include "store/testing/journal_folder.h"

namespace tandem::store::journal {
namespace {

using testing::as_bytes;

// RFC 3720, appendix B.4, and the check value of the CRC catalogues.
TEST(Crc32c, KnownAnswers) {
  std::vector<uint8_t> bytes(32, 0);
  EXPECT_EQ(crc32c(0, bytes), 0x8a9136aau);
  bytes.assign(32, 0xff);
  EXPECT_EQ(crc32c(0, bytes), 0x62a8ab43u);
  for (uint8_t i = 0; i < 32; ++i) bytes[i] = i;
  EXPECT_EQ(crc32c(0, bytes), 0x46dd794eu);
  for (uint8_t i = 0; i < 32; ++i) bytes[i] = static_cast<uint8_t>(31 - i);
  EXPECT_EQ(crc32c(0, bytes), 0x113fdb5cu);
  EXPECT_EQ(crc32c(0, as_bytes("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c(0, {}), 0u);
}

TEST(Crc32c, TheInstructionAndTheTablesAgreeAndContinue) {
  std::vector<uint8_t> bytes(1000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 131 + i / 7);
  for (size_t length = 0; length < 100; ++length) {
    const auto part = std::span(bytes).first(length * 10);
    EXPECT_EQ(crc32c(7, part), crc32c_portable(7, part)) << length;
    EXPECT_EQ(crc32c(0, bytes), crc32c(crc32c(0, part), std::span(bytes).subspan(length * 10)));
  }
}

// Written by hand from the description in format.h.
TEST(JournalFormat, ARecordIsLaidOutAsDocumented) {
  const auto header = encode_record_header(0, RecordKind::Settle, as_bytes("abc"));
  EXPECT_EQ(text::to_hex(std::span(header).subspan(4)), "0300000002000000");
  const std::string covered = std::string("\x03\0\0\0\x02\0\0\0", 8) + "abc";
  const uint32_t crc = crc32c_portable(0, as_bytes(covered));
  EXPECT_EQ(header[0] | header[1] << 8 | header[2] << 16 | static_cast<uint32_t>(header[3]) << 24,
            crc);
}

TEST(JournalFormat, HeadersComeBackAndDamageIsSeen) {
  const SegmentHeader header{.salt = 0xdeadbeef, .number = 7, .previous = 5, .created_us = -1};
  auto bytes = encode(header);
  const auto decoded = decode_segment_header(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->salt, 0xdeadbeef);
  EXPECT_EQ(decoded->number, 7u);
  EXPECT_EQ(decoded->previous, 5u);
  EXPECT_EQ(decoded->created_us, -1);
  EXPECT_FALSE(decode_segment_header(std::span(bytes).first(47)));
  for (size_t i = 0; i < 44; ++i) {
    bytes[i] ^= 0x10;
    EXPECT_FALSE(decode_segment_header(bytes)) << i;
    bytes[i] ^= 0x10;
  }
}

TEST(JournalFormat, StatesComeBackAndDamageIsSeen) {
  auto bytes = encode_state({3, 4096});
  EXPECT_EQ(decode_state(bytes), (Position{3, 4096}));
  EXPECT_FALSE(decode_state(std::span(bytes).first(27)));
  bytes[9] ^= 1;
  EXPECT_FALSE(decode_state(bytes));
}

class ParseRecord : public ::testing::Test {
 protected:
  std::vector<uint8_t> record(std::string_view payload, uint32_t salt = 1) {
    const auto header = encode_record_header(salt, RecordKind::Reserve, as_bytes(payload));
    std::vector<uint8_t> bytes(header.begin(), header.end());
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }
};

TEST_F(ParseRecord, GivesThePayloadAndIgnoresWhatFollows) {
  auto bytes = record("hello");
  bytes.push_back(0xff);
  const Parsed parsed = parse_record(1, bytes);
  EXPECT_EQ(parsed.parse, Parse::Record);
  EXPECT_EQ(parsed.kind, RecordKind::Reserve);
  EXPECT_EQ(testing::as_text(parsed.payload), "hello");
  EXPECT_EQ(parsed.size, 17u);
  EXPECT_EQ(parse_record(1, record("")).parse, Parse::Record);
}

TEST_F(ParseRecord, EveryCutIsIncompleteAndEveryFlipDamaged) {
  auto bytes = record("hello");
  EXPECT_EQ(parse_record(1, {}).parse, Parse::End);
  for (size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_EQ(parse_record(1, std::span(bytes).first(length)).parse, Parse::Incomplete) << length;
  }
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_NE(parse_record(1, bytes).parse, Parse::Record) << bit;
    bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
}

TEST_F(ParseRecord, ZerosAndRecordsOfOtherSegmentsAreDamaged) {
  EXPECT_EQ(parse_record(1, std::vector<uint8_t>(64, 0)).parse, Parse::Damaged);
  EXPECT_EQ(parse_record(1, record("hello", 2)).parse, Parse::Damaged);
}

TEST_F(ParseRecord, ALengthAboveTheLimitIsDamagedWithoutReadingOn) {
  auto bytes = record("hello");
  bytes[7] = 0x7f;
  EXPECT_EQ(parse_record(1, bytes).parse, Parse::Damaged);
}

}  // namespace
}  // namespace tandem::store::journal
