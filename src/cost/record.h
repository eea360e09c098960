// The bytes of a reservation and of its end in the journal: one version byte, then LEB128 integers
// and length-prefixed names; about 150 bytes each. A settlement repeats who called, so that its
// ledger row can be made from it alone. Decoders trust nothing. Pure.
//
//   reserve = version call cost source usage [tier price_id]
//   end     = version call estimate source state reason cost usage resources ended_us
//             [co2e_ug tier price_id counted_input counted_output]
#pragma once

#include <array>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "cost/call.h"
#include "cost/prices.h"
#include "cost/usage.h"

namespace tandem::cost {

// What is written; records of version 1, which end before the parts in brackets, are read too.
inline constexpr uint8_t kRecordVersion = 2;
// Five ids, four names, a trace id and at most fifty integers of ten bytes.
inline constexpr size_t kMaxRecordBytes = 2048;

// Collects the bytes of one record without allocating.
class RecordBytes {
 public:
  void byte(uint8_t value) { bytes_[size_++] = value; }
  void integer(uint64_t value);
  void raw(std::span<const uint8_t> bytes);
  void text(std::string_view text);
  std::span<const uint8_t> view() const { return {bytes_.data(), size_}; }

 private:
  std::array<uint8_t, kMaxRecordBytes> bytes_;
  size_t size_ = 0;
};

// A call's identity and the time that it was admitted, as it stands in both records. Views point
// into the decoded payload.
struct CallRecord {
  std::string_view request_id, project, key, user, team, endpoint, target, model, kind;
  int attempt = 1;
  TraceId trace_id;
  Placement placement = Placement::Remote;
  WallUs started_us = 0;
};

struct ReserveRecord {
  CallRecord call;
  NanoUsd estimate_nano_usd = 0;
  CostSource source = CostSource::Unknown;
  Usage estimate;
  Tier tier = Tier::Standard;
  int64_t price_id = 0;  // Price::id
};

// A settlement or a release.
struct EndRecord {
  CallRecord call;
  NanoUsd estimate_nano_usd = 0;
  CostSource source = CostSource::Unknown;
  State state = State::Settled;
  Reason reason = Reason::None;
  NanoUsd cost_nano_usd = 0;
  Usage usage;
  Resources resources;
  WallUs ended_us = 0;
  Tier tier = Tier::Standard;
  int64_t price_id = 0;
  Counted counted;
};

// The part that both records share, made once per call.
void encode_call(const CallIdentity& call, WallUs started_us, RecordBytes& out);

// `call` is what encode_call() made; only the other fields of `record` are read.
void encode_reserve(std::span<const uint8_t> call, const ReserveRecord& record, RecordBytes& out);
void encode_end(std::span<const uint8_t> call, const EndRecord& record, RecordBytes& out);

Result<ReserveRecord> decode_reserve(std::span<const uint8_t> payload);
Result<EndRecord> decode_end(std::span<const uint8_t> payload);

// The end that recovery gives to a reservation that never got one: its estimate.
EndRecord settled_at_estimate(const ReserveRecord& reserve, WallUs ended_us);
// Encodes it without a CallIdentity at hand; `reserve` is the payload that `record` came from.
Result<void> encode_orphan_end(std::span<const uint8_t> reserve, WallUs ended_us, RecordBytes& out);

}  // namespace tandem::cost
