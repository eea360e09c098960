// The trace list: a filtered, ordered page of summaries with a cursor to the next. SQL over one
// trace file; runs inside a read job.
//   TRY(TraceList page, list_traces(connection, query));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/db.h"
#include "trace/filter.h"
#include "trace/limits.h"
#include "trace/scope.h"
#include "trace/types.h"

namespace tandem::trace {

enum class OrderField : uint8_t {
  StartUs,
  DurationMs,
  CostNanoUsd,
  InputTokens,
  OutputTokens,
  ErrorCount,
};
enum class Direction : uint8_t { Ascending, Descending };

struct ListOrder {
  OrderField field = OrderField::StartUs;
  Direction direction = Direction::Descending;
};
// "duration_ms", "-duration_ms", "duration_ms desc"; empty: newest first.
Result<ListOrder> parse_order(std::string_view text);

enum class Count : uint8_t { No, Yes };

struct ListQuery {
  Scope scope;
  Filter filter = {};
  ListOrder order = {};
  int64_t limit = limits::kDefaultTraces;
  std::string cursor = {};
  // What a cursor belongs to: the filter as it was written.
  std::string filter_text = {};
  Count count = Count::No;
  size_t few_candidates = limits::kFewCandidates;  // smaller for tests
};

struct TraceList {
  std::vector<TraceSummary> traces;
  std::string next_cursor;  // empty at the end
  // Of the whole filter; only with Count::Yes.
  std::optional<int64_t> total_traces;
  std::optional<int64_t> total_spans;
};

Result<TraceList> list_traces(store::Connection& connection, const ListQuery& query);

}  // namespace tandem::trace
