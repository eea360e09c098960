// LedgerTraces: finds the rows of a trace in SQLite without an index over trace ids. Those are
// random: an index would touch, log and later write back a page for each call (measured at 200,000
// rows: 11 us of processor time a row, more than all the rest of it). Instead each batch leaves a
// block with 32 bits of every trace id, small blocks are merged, and who asks for a trace looks
// through four bytes a row (a million rows: 2 ms) and then reads the rows of the blocks that have
// it. PostgreSQL keeps its index. Owned by the row writer; one thread. find_trace() may be called
// by any.
//   TRY_VOID(traces.add(connection, rows));
//   TRY(auto ranges, find_trace(connection, trace_id, {}));
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/trace_context.h"
#include "store/db.h"

namespace tandem::cost {

struct RowOfTrace {
  int64_t row_id = 0;
  TraceId trace_id;
};

// Ids of rows, both ends included.
struct RowIdRange {
  int64_t first = INT64_MIN;
  int64_t last = INT64_MAX;
};

class LedgerTraces {
 public:
  // Within the transaction that adds the rows. SQLite only.
  Result<void> add(store::Connection& connection, std::span<const RowOfTrace> rows);
  // After a transaction that failed.
  void forget() { open_.reset(); }

 private:
  // The newest blocks, which may still grow: from `first` on, `count` of them.
  struct Open {
    int64_t first = 1;
    int64_t count = 0;
  };
  struct Block {
    RowIdRange rows{INT64_MAX, INT64_MIN};
    std::string hashes;
  };

  static Result<Open> load(store::Connection& connection);
  static Result<void> insert(store::Connection& connection, int64_t no, const Block& block);
  Result<void> merge(store::Connection& connection);

  std::optional<Open> open_;
};

// Where rows of the trace may be, within `bounds`; none: nowhere.
Result<std::vector<RowIdRange>> find_trace(store::Connection& connection, const TraceId& trace_id,
                                           RowIdRange bounds);

}  // namespace tandem::cost
