// One trace with its spans, rendered page by page. SQL over one trace file; runs inside a read job,
// so that neither reading nor rendering happens on an io thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/db.h"
#include "trace/limits.h"
#include "trace/scope.h"
#include "trace/trace_ids.h"
#include "trace/types.h"

namespace tandem::trace {

struct DetailQuery {
  Scope scope;
  TraceId trace_id = {};
  int64_t limit = limits::kDefaultSpans;  // 0: all spans
  std::string cursor = {};
};

struct TraceDetail {
  TraceSummary summary;
  std::string spans;        // the inside of a JSON list: the root first, then by start
  std::string next_cursor;  // empty at the end
};

// nullopt where no project of the scope has the trace.
Result<std::optional<TraceDetail>> read_trace(store::Connection& connection, const TraceIds& ids,
                                              const DetailQuery& query);

}  // namespace tandem::trace
