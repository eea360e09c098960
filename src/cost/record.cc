#include "cost/record.h"

#include <algorithm>
#include <cstring>

#include "base/text/utf8.h"
#include "cost/errors.h"

namespace tandem::cost {
namespace {

constexpr size_t kMaxIdBytes = RequestId::kCapacity;
constexpr uint64_t kMaxAttempt = 1'000'000;

// The counts of a Usage in the order of their bits; new ones go to the end.
constexpr int64_t Usage::*kUsageFields[] = {
    &Usage::input_tokens,
    &Usage::cached_input_tokens,
    &Usage::cache_write_input_tokens,
    &Usage::cache_write_1h_input_tokens,
    &Usage::audio_input_tokens,
    &Usage::output_tokens,
    &Usage::reasoning_tokens,
    &Usage::audio_output_tokens,
    &Usage::images,
    &Usage::milliseconds,
    &Usage::rows,
    &Usage::web_searches,
    &Usage::image_input_tokens,
    &Usage::image_output_tokens,
    &Usage::tool_calls,
};
constexpr size_t kUsageFieldCount = std::size(kUsageFields);

constexpr int64_t Resources::*kResourceFields[] = {
    &Resources::gpu_ms,   &Resources::cpu_us,    &Resources::energy_mj,
    &Resources::bytes_in, &Resources::bytes_out,
};

// A name that fits, cut between characters.
std::string_view cut(std::string_view name) {
  if (name.size() <= kMaxNameBytes) return name;
  name = name.substr(0, kMaxNameBytes);
  name.remove_suffix(text::incomplete_utf8_tail(name));
  return name;
}

// Zeros are the rule: one bit for `reported`, one for each count that is not zero, then those
// counts.
void encode_usage(const Usage& usage, RecordBytes& out) {
  uint64_t mask = usage.reported ? 1 : 0;
  for (size_t i = 0; i < kUsageFieldCount; ++i) {
    if (usage.*kUsageFields[i] != 0) mask |= uint64_t{1} << (i + 1);
  }
  out.integer(mask);
  for (auto field : kUsageFields) {
    if (usage.*field != 0) out.integer(static_cast<uint64_t>(usage.*field));
  }
}

void encode_resources(const Resources& resources, RecordBytes& out) {
  out.byte(static_cast<uint8_t>(resources.energy_source));
  for (auto field : kResourceFields) out.integer(static_cast<uint64_t>(resources.*field));
}

// Takes values from the front of a payload. The first failure sticks; what comes after is zero.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> rest) : rest_(rest) {}

  uint8_t byte() {
    if (rest_.empty()) return stop();
    const uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  uint64_t integer(uint64_t most) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t next = byte();
      if (shift == 63 && next > 1) return stop();
      value |= uint64_t{next & 0x7fu} << shift;
      if ((next & 0x80u) == 0) return ok_ && value <= most ? value : stop();
    }
    return stop();
  }
  int64_t count(int64_t most) { return static_cast<int64_t>(integer(static_cast<uint64_t>(most))); }
  template <class Enum>
  Enum one_of(Enum last) {
    const uint8_t value = byte();
    if (value > static_cast<uint8_t>(last)) stop();
    return ok_ ? static_cast<Enum>(value) : Enum{};
  }
  std::string_view text(size_t most) {
    const auto size = static_cast<size_t>(integer(most));
    if (!ok_ || size > rest_.size()) {
      stop();
      return {};
    }
    const std::string_view out(reinterpret_cast<const char*>(rest_.data()), size);
    rest_ = rest_.subspan(size);
    return out;
  }
  template <size_t N>
  void raw(std::array<uint8_t, N>& into) {
    if (rest_.size() < N) {
      stop();
      return;
    }
    std::memcpy(into.data(), rest_.data(), N);
    rest_ = rest_.subspan(N);
  }
  bool ok() const { return ok_; }
  size_t left() const { return rest_.size(); }

 private:
  uint8_t stop() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::span<const uint8_t> rest_;
  bool ok_ = true;
};

CallRecord read_call(Reader& in) {
  CallRecord call;
  call.started_us = in.count(INT64_MAX);
  call.attempt = static_cast<int>(in.integer(kMaxAttempt));
  call.placement = in.one_of(Placement::Local);
  in.raw(call.trace_id.bytes);
  call.request_id = in.text(kMaxIdBytes);
  call.project = in.text(kMaxIdBytes);
  call.key = in.text(kMaxIdBytes);
  call.user = in.text(kMaxIdBytes);
  call.team = in.text(kMaxIdBytes);
  call.endpoint = in.text(kMaxNameBytes);
  call.target = in.text(kMaxNameBytes);
  call.model = in.text(kMaxNameBytes);
  call.kind = in.text(kMaxNameBytes);
  return call;
}

Usage read_usage(Reader& in) {
  Usage usage;
  const uint64_t mask = in.integer((uint64_t{1} << (kUsageFieldCount + 1)) - 1);
  usage.reported = (mask & 1) != 0;
  for (size_t i = 0; i < kUsageFieldCount; ++i) {
    if ((mask >> (i + 1) & 1) != 0) usage.*kUsageFields[i] = in.count(kMaxCount);
  }
  return usage;
}

Resources read_resources(Reader& in) {
  Resources resources;
  resources.energy_source = in.one_of(EnergySource::Modelled);
  for (auto field : kResourceFields) resources.*field = in.count(kMaxCount);
  return resources;
}

Result<uint8_t> read_version(Reader& in) {
  const uint8_t version = in.byte();
  if (!in.ok()) return fail(errors::record_malformed("it is empty"));
  if (version < 1 || version > kRecordVersion) return fail(errors::record_version(version));
  return version;
}

Result<void> check_end(const Reader& in) {
  if (!in.ok()) return fail(errors::record_malformed("it is cut short or a value is out of range"));
  if (in.left() > 0) return fail(errors::record_malformed("bytes follow its end"));
  return {};
}

}  // namespace

void RecordBytes::integer(uint64_t value) {
  while (value >= 0x80) {
    byte(static_cast<uint8_t>(value) | 0x80);
    value >>= 7;
  }
  byte(static_cast<uint8_t>(value));
}

void RecordBytes::raw(std::span<const uint8_t> bytes) {
  std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void RecordBytes::text(std::string_view text) {
  integer(text.size());
  raw({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

void encode_call(const CallIdentity& call, WallUs started_us, RecordBytes& out) {
  out.integer(static_cast<uint64_t>(std::max<WallUs>(started_us, 0)));
  out.integer(std::min(static_cast<uint64_t>(std::max(call.attempt, 0)), kMaxAttempt));
  out.byte(static_cast<uint8_t>(call.placement));
  out.raw(call.trace_id.bytes);
  out.text(call.request_id.view());
  out.text(call.project.view());
  out.text(call.key.view());
  out.text(call.user.view());
  out.text(call.team.view());
  out.text(cut(call.endpoint));
  out.text(cut(call.target));
  out.text(cut(call.model));
  out.text(cut(call.kind));
}

void encode_reserve(std::span<const uint8_t> call, const ReserveRecord& record, RecordBytes& out) {
  out.byte(kRecordVersion);
  out.raw(call);
  out.integer(static_cast<uint64_t>(record.estimate_nano_usd));
  out.byte(static_cast<uint8_t>(record.source));
  encode_usage(record.estimate, out);
  out.byte(static_cast<uint8_t>(record.tier));
  out.integer(static_cast<uint64_t>(record.price_id));
}

void encode_end(std::span<const uint8_t> call, const EndRecord& record, RecordBytes& out) {
  out.byte(kRecordVersion);
  out.raw(call);
  out.integer(static_cast<uint64_t>(record.estimate_nano_usd));
  out.byte(static_cast<uint8_t>(record.source));
  out.byte(static_cast<uint8_t>(record.state));
  out.byte(static_cast<uint8_t>(record.reason));
  out.integer(static_cast<uint64_t>(record.cost_nano_usd));
  encode_usage(record.usage, out);
  encode_resources(record.resources, out);
  out.integer(static_cast<uint64_t>(std::max<WallUs>(record.ended_us, 0)));
  out.integer(static_cast<uint64_t>(record.resources.co2e_ug));
  out.byte(static_cast<uint8_t>(record.tier));
  out.integer(static_cast<uint64_t>(record.price_id));
  out.integer(static_cast<uint64_t>(record.counted.input_tokens));
  out.integer(static_cast<uint64_t>(record.counted.output_tokens));
}

Result<ReserveRecord> decode_reserve(std::span<const uint8_t> payload) {
  Reader in(payload);
  TRY(const uint8_t version, read_version(in));
  ReserveRecord record;
  record.call = read_call(in);
  record.estimate_nano_usd = in.count(kMaxCallNanoUsd);
  record.source = in.one_of(CostSource::Prices);
  record.estimate = read_usage(in);
  if (version >= 2) {
    record.tier = in.one_of(Tier::Batch);
    record.price_id = in.count(INT64_MAX);
  }
  TRY_VOID(check_end(in));
  return record;
}

Result<EndRecord> decode_end(std::span<const uint8_t> payload) {
  Reader in(payload);
  TRY(const uint8_t version, read_version(in));
  EndRecord record;
  record.call = read_call(in);
  record.estimate_nano_usd = in.count(kMaxCallNanoUsd);
  record.source = in.one_of(CostSource::Prices);
  record.state = in.one_of(State::Released);
  record.reason = in.one_of(Reason::AlreadyPaid);
  record.cost_nano_usd = in.count(kMaxCallNanoUsd);
  record.usage = read_usage(in);
  record.resources = read_resources(in);
  record.ended_us = in.count(INT64_MAX);
  if (version >= 2) {
    record.resources.co2e_ug = in.count(kMaxCount);
    record.tier = in.one_of(Tier::Batch);
    record.price_id = in.count(INT64_MAX);
    record.counted.input_tokens = in.count(kMaxCount);
    record.counted.output_tokens = in.count(kMaxCount);
  }
  TRY_VOID(check_end(in));
  return record;
}

EndRecord settled_at_estimate(const ReserveRecord& reserve, WallUs ended_us) {
  EndRecord end;
  end.call = reserve.call;
  end.estimate_nano_usd = reserve.estimate_nano_usd;
  end.source = reserve.source;
  end.state = State::Estimated;
  end.cost_nano_usd = reserve.estimate_nano_usd;
  end.usage = reserve.estimate;
  end.usage.reported = false;
  end.ended_us = ended_us;
  end.tier = reserve.tier;
  end.price_id = reserve.price_id;
  end.counted = {reserve.estimate.input_tokens, reserve.estimate.output_tokens};
  return end;
}

Result<void> encode_orphan_end(std::span<const uint8_t> reserve, WallUs ended_us,
                               RecordBytes& out) {
  Reader in(reserve);
  TRY_VOID(read_version(in));
  const size_t before = in.left();
  read_call(in);
  const size_t call_bytes = before - in.left();
  TRY(const ReserveRecord record, decode_reserve(reserve));
  encode_end(reserve.subspan(1, call_bytes), settled_at_estimate(record, ended_us), out);
  return {};
}

}  // namespace tandem::cost
