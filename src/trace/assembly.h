// TraceAssembly: one trace while its spans arrive, in any order, over any number of batches. Knows
// every span's head, so that totals follow the rule of `counted` whatever comes late. Pure; owned
// by the batch writer, one thread.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "trace/rollup.h"
#include "trace/types.h"

namespace tandem::trace {

class TraceAssembly {
 public:
  // A trace of which nothing has come yet.
  TraceAssembly(ProjectId project, TraceId trace_id);
  // One that was stored before. `heads` in the order of their numbers.
  TraceAssembly(TraceSummary stored, std::vector<SpanHead> heads);

  enum class Placement : uint8_t { Added, Replaced, Refused };
  struct Place {
    int64_t number = 0;  // of the span in this trace, from 0
    Placement placement = Placement::Added;
  };
  // Takes a span in. One with a known id replaces it; beyond limits::kMaxSpansPerTrace a new one is
  // refused.
  Place place(const Span& span);

  // What the spans so far amount to.
  const TraceSummary& summarise();
  size_t span_count() const { return heads_.size(); }

 private:
  int64_t find(const SpanId& id);
  void take_facts(const Span& span);
  void take_name(const Span& span);

  TraceSummary summary_;
  std::vector<SpanHead> heads_;
  std::unordered_map<uint64_t, size_t> numbers_;  // by span id; only for long traces
  bool has_root_ = false;
  WallUs named_at_us_ = 0;  // start of the span that gave the name
};

}  // namespace tandem::trace
