#include "cost/record.h"

#include <gtest/gtest.h>

#include <random>

namespace tandem::cost {
namespace {

CallIdentity example_call() {
  CallIdentity call;
  call.request_id = RequestId("req_01J9Z3NDEKTSV4RRFFQ69G5FAV");
  call.attempt = 2;
  call.trace_id = *TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736");
  call.project = ProjectId("support");
  call.key = KeyId("key_01J9Z3NDEKTSV4RRFFQ69G5FAV");
  call.user = UserId("ann");
  call.endpoint = "chat";
  call.target = "openai/gpt-4o-mini";
  call.model = "gpt-4o-mini";
  call.kind = "chat";
  return call;
}

Usage example_usage() {
  Usage usage;
  usage.input_tokens = 1200;
  usage.cached_input_tokens = 1024;
  usage.output_tokens = 77;
  usage.reported = true;
  return usage;
}

TEST(Record, ReservationsSurviveTheJournal) {
  RecordBytes call, payload;
  encode_call(example_call(), 1'764'000'000'123'456, call);
  ReserveRecord record;
  record.estimate_nano_usd = 123'456'789;
  record.source = CostSource::Prices;
  record.estimate = example_usage();
  encode_reserve(call.view(), record, payload);
  EXPECT_LT(payload.view().size(), 160u) << "compact";

  const ReserveRecord read = decode_reserve(payload.view()).value();
  EXPECT_EQ(read.call.request_id, "req_01J9Z3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(read.call.attempt, 2);
  EXPECT_EQ(read.call.trace_id.hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(read.call.project, "support");
  EXPECT_EQ(read.call.user, "ann");
  EXPECT_EQ(read.call.team, "");
  EXPECT_EQ(read.call.target, "openai/gpt-4o-mini");
  EXPECT_EQ(read.call.started_us, 1'764'000'000'123'456);
  EXPECT_EQ(read.estimate_nano_usd, 123'456'789);
  EXPECT_EQ(read.source, CostSource::Prices);
  EXPECT_EQ(read.estimate, example_usage());
}

TEST(Record, EndsSurviveTheJournal) {
  RecordBytes call, payload;
  encode_call(example_call(), 5, call);
  EndRecord record;
  record.estimate_nano_usd = 9;
  record.source = CostSource::Unknown;
  record.state = State::Released;
  record.reason = Reason::HedgeLost;
  record.cost_nano_usd = 7;
  record.usage = example_usage();
  record.usage.web_searches = 3;
  record.resources = {1, 2, 3, EnergySource::Measured, 4, 5};
  record.ended_us = 11;
  encode_end(call.view(), record, payload);
  const EndRecord read = decode_end(payload.view()).value();
  EXPECT_EQ(read.estimate_nano_usd, 9);
  EXPECT_EQ(read.state, State::Released);
  EXPECT_EQ(read.reason, Reason::HedgeLost);
  EXPECT_EQ(read.cost_nano_usd, 7);
  EXPECT_EQ(read.usage, record.usage);
  EXPECT_EQ(read.resources, record.resources);
  EXPECT_EQ(read.ended_us, 11);
  EXPECT_EQ(read.call.attempt, 2);
}

// The bytes themselves, written down by hand: a journal of today must be readable tomorrow.
TEST(Record, TheFormatOfTheVersionsNeverChanges) {
  CallIdentity call;
  call.request_id = RequestId("r");
  call.attempt = 1;
  call.trace_id.bytes[15] = 0xff;
  call.project = ProjectId("p");
  call.key = KeyId("k");
  call.endpoint = "e";
  call.target = "a/b";
  call.model = "b";
  call.kind = "chat";
  call.placement = Placement::Local;
  RecordBytes identity, payload;
  encode_call(call, 300, identity);
  ReserveRecord record;
  record.estimate_nano_usd = 5;
  record.source = CostSource::Prices;
  record.estimate.input_tokens = 128;
  record.estimate.web_searches = 1;
  encode_reserve(identity.view(), record, payload);
  const std::vector<uint8_t>
      expected{2,                    // version
               0xac, 0x02, 1,    1,  // started 300, attempt 1, local
               0,    0,    0,    0,    0,   0,   0, 0,
               0,    0,    0,    0,    0,   0,   0, 0xff,  // trace id
               1,    'r',  1,    'p',  1,   'k', 0, 0,     // request, project, key, user, team
               1,    'e',  3,    'a',  '/', 'b', 1, 'b',
               4,    'c',  'h',  'a',  't', 5,   1,  // 5 nano-dollars, by prices
               0x82, 0x20, 0x80, 0x01, 1};           // bits 1 and 12: 128 tokens, 1 search
  std::vector<uint8_t> bytes(payload.view().begin(), payload.view().end());
  ASSERT_EQ(bytes.size(), expected.size() + 2);
  EXPECT_EQ(bytes[bytes.size() - 2], 0) << "tier";
  EXPECT_EQ(bytes[bytes.size() - 1], 0) << "price_id";
  bytes.resize(expected.size());
  EXPECT_EQ(bytes, expected);
}

TEST(Record, LongNamesAreCutBetweenCharacters) {
  CallIdentity call = example_call();
  const std::string name = std::string(254, 'x') + "\xC3\xA9" + std::string(5000, 'y');
  call.model = name;
  call.target = name;
  call.endpoint = name;
  call.kind = name;
  call.attempt = -3;
  RecordBytes identity, payload;
  encode_call(call, -1, identity);
  encode_reserve(identity.view(), {}, payload);
  const ReserveRecord read = decode_reserve(payload.view()).value();
  EXPECT_EQ(read.call.model, std::string(254, 'x'));
  EXPECT_EQ(read.call.attempt, 0);
  EXPECT_EQ(read.call.started_us, 0);
}

TEST(Record, TheLargestRecordFits) {
  CallIdentity call;
  const std::string longest(255, 'x');
  const std::string id(63, 'i');
  call.request_id = RequestId(id);
  call.project = ProjectId(id);
  call.key = KeyId(id);
  call.user = UserId(id);
  call.team = TeamId(id);
  call.endpoint = call.target = call.model = call.kind = longest;
  call.attempt = 1'000'000;
  EndRecord record;
  record.estimate_nano_usd = record.cost_nano_usd = kMaxCallNanoUsd;
  record.usage.input_tokens = record.usage.cached_input_tokens = kMaxCount;
  record.usage.cache_write_input_tokens = record.usage.cache_write_1h_input_tokens = kMaxCount;
  record.usage.audio_input_tokens = record.usage.output_tokens = kMaxCount;
  record.usage.reasoning_tokens = record.usage.audio_output_tokens = kMaxCount;
  record.usage.images = record.usage.milliseconds = kMaxCount;
  record.usage.rows = record.usage.web_searches = kMaxCount;
  record.resources = {kMaxCount, kMaxCount, kMaxCount, EnergySource::Modelled,
                      kMaxCount, kMaxCount};
  record.ended_us = INT64_MAX;
  RecordBytes identity, payload;
  encode_call(call, INT64_MAX, identity);
  encode_end(identity.view(), record, payload);
  EXPECT_LE(payload.view().size(), kMaxRecordBytes);
  EXPECT_TRUE(decode_end(payload.view()).has_value());
}

TEST(Record, EveryCutAndEveryFlippedBitIsHandled) {
  RecordBytes identity, payload;
  encode_call(example_call(), 1, identity);
  EndRecord record;
  record.usage = example_usage();
  encode_end(identity.view(), record, payload);
  std::vector<uint8_t> bytes(payload.view().begin(), payload.view().end());
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_end({bytes.data(), length}).has_value()) << length;
  }
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::vector<uint8_t> flipped = bytes;
    flipped[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    const auto read = decode_end(flipped);  // an error or a record in range, never a crash
    if (read) {
      EXPECT_LE(read->cost_nano_usd, kMaxCallNanoUsd);
    }
  }
  bytes.push_back(0);
  EXPECT_FALSE(decode_end(bytes).has_value()) << "bytes after the end";
  bytes[0] = 3;
  const auto newer = decode_end(bytes);
  ASSERT_FALSE(newer.has_value());
  EXPECT_NE(newer.error().hint.find("newer Tandem"), std::string::npos);
}

TEST(Record, AnOrphanEndsAtItsEstimate) {
  RecordBytes identity, reserve, end;
  encode_call(example_call(), 100, identity);
  ReserveRecord record;
  record.estimate_nano_usd = 4'200;
  record.source = CostSource::Prices;
  record.estimate = example_usage();
  encode_reserve(identity.view(), record, reserve);
  ASSERT_TRUE(encode_orphan_end(reserve.view(), 900, end).has_value());
  const EndRecord read = decode_end(end.view()).value();
  EXPECT_EQ(read.call.request_id, "req_01J9Z3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(read.call.started_us, 100);
  EXPECT_EQ(read.state, State::Estimated);
  EXPECT_EQ(read.cost_nano_usd, 4'200);
  EXPECT_EQ(read.usage.input_tokens, 1200);
  EXPECT_FALSE(read.usage.reported);
  EXPECT_EQ(read.ended_us, 900);
}

// Records of version 1 are in the journals of servers that are started anew with this program.
TEST(Record, TheOlderVersionIsReadAndNewParts) {
  RecordBytes call, reserve, end;
  encode_call(example_call(), 1'764'000'000'123'456, call);
  ReserveRecord reserve_record;
  reserve_record.estimate = example_usage();
  encode_reserve(call.view(), reserve_record, reserve);
  std::vector<uint8_t> old(reserve.view().begin(), reserve.view().end());
  old[0] = 1;
  old.resize(old.size() - 2);  // tier and price_id, a byte each
  EXPECT_EQ(decode_reserve(old).value().estimate, example_usage());
  old.pop_back();
  EXPECT_FALSE(decode_reserve(old).has_value());

  EndRecord record;
  record.usage = example_usage();
  record.ended_us = 1'764'000'000'200'000;
  encode_end(call.view(), record, end);
  old.assign(end.view().begin(), end.view().end());
  old[0] = 1;
  old.resize(old.size() - 5);  // co2e_ug, tier, price_id and two counts
  EXPECT_EQ(decode_end(old).value().ended_us, 1'764'000'000'200'000);
  EXPECT_EQ(decode_end(old).value().price_id, 0);
  old[0] = 3;
  EXPECT_NE(decode_end(old).error().message.find("version 3"), std::string::npos);

  record.tier = Tier::Batch;
  record.price_id = 0x7fff'0000'1234'5678;
  record.resources.co2e_ug = 39'417;
  record.counted = {7, 8};
  record.usage.image_input_tokens = 3;
  record.usage.tool_calls = 2;
  RecordBytes full;
  encode_end(call.view(), record, full);
  const EndRecord read = decode_end(full.view()).value();
  EXPECT_EQ(read.tier, Tier::Batch);
  EXPECT_EQ(read.price_id, 0x7fff'0000'1234'5678);
  EXPECT_EQ(read.resources.co2e_ug, 39'417);
  EXPECT_EQ(read.counted, (Counted{7, 8}));
  EXPECT_EQ(read.usage, record.usage);
}

}  // namespace
}  // namespace tandem::cost
