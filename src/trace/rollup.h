// What the spans of one trace add up to, whatever their order of arrival. Pure.
// The rule of `counted`: usage belongs to llm, embedding and reranker spans, and to other spans
// only where nothing below them has any. A model span inside a model span of its own kind (a
// framework around an instrumented client, a client around this gateway) counts once: the outer one
// does not count where it repeats exactly what those below it add up to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "trace/types.h"

namespace tandem::trace {

// The part of a span from which trees and totals are made; stored apart from its content, so that
// a trace of 20,000 spans is totalled without reading what they say.
struct SpanHead {
  SpanId span_id;
  SpanId parent_span_id;  // zero: a root
  SpanKind kind = SpanKind::Span;
  Status status = Status::Unset;
  WallUs start_us = 0;
  int64_t duration_us = 0;
  std::optional<TokenUsage> usage;
  std::optional<int64_t> cost_nano_usd;

  bool is_root() const { return !parent_span_id.valid(); }
  friend bool operator==(const SpanHead&, const SpanHead&) = default;
};

SpanHead head_of(const Span& span);

// Per span, in the order of `heads`: whether its usage, and whether its cost, is in the totals.
struct Counting {
  std::vector<bool> usage;
  std::vector<bool> cost;
};
Counting count_spans(std::span<const SpanHead> heads);

struct Totals {
  WallUs start_us = 0;
  int64_t duration_us = 0;  // from the first start to the last end
  // The root's. Before it has come, Error where a span without a parent here failed.
  Status status = Status::Unset;
  bool complete = false;  // a root has come
  int64_t error_count = 0;
  TokenUsage usage;
  int64_t cost_nano_usd = 0;
};
Totals total(std::span<const SpanHead> heads);

// The earliest root, else the earliest span. `heads` is not empty.
size_t first_shown(std::span<const SpanHead> heads);

// Indexes of `heads`: the earliest root, then the others by start (ties: in the given order).
std::vector<size_t> display_order(std::span<const SpanHead> heads);

}  // namespace tandem::trace
