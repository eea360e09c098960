// Any bytes: the decoders answer with an error or with values in range, and what they accept comes
// out of the encoder and back the same.
#include <cstdlib>

#include "cost/record.h"

using namespace tandem::cost;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool same(const CallRecord& a, const CallRecord& b) {
  return a.request_id == b.request_id && a.attempt == b.attempt && a.trace_id == b.trace_id &&
         a.project == b.project && a.key == b.key && a.user == b.user && a.team == b.team &&
         a.endpoint == b.endpoint && a.target == b.target && a.model == b.model &&
         a.kind == b.kind && a.placement == b.placement && a.started_us == b.started_us;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  if (const auto end = decode_end(bytes)) {
    require(end->cost_nano_usd >= 0 && end->cost_nano_usd <= kMaxCallNanoUsd);
    require(end->state <= State::Released && end->reason < Reason::kCount);
    require(end->usage.input_tokens >= 0 && end->usage.input_tokens <= kMaxCount);
    require(end->call.request_id.size() <= 63 && end->call.model.size() <= kMaxNameBytes);
  }
  const auto reserve = decode_reserve(bytes);
  RecordBytes orphan;
  require(reserve.has_value() == encode_orphan_end(bytes, 7, orphan).has_value());
  if (reserve) {
    const auto end = decode_end(orphan.view());
    require(end.has_value());
    require(same(end->call, reserve->call));
    require(end->cost_nano_usd == reserve->estimate_nano_usd && end->ended_us == 7);
    Usage expected = reserve->estimate;
    expected.reported = false;
    require(end->usage == expected);
  }
  return 0;
}
