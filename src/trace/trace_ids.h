// TraceIds: finds a trace's key by its id. Ids are random, so one index entry per new trace would
// touch, log and later write back a page each (measured: 9 µs a span at 25,000 traces, 22 µs at a
// million, against 6.6 µs without). New ids therefore wait in memory and go into the table
// `trace_ids` in sorted runs, a slice per batch, where neighbours share pages. A restart reads the
// waiting ones from `traces` again, where they are durable already.
// find: any thread. Everything else: the writer's thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/trace_context.h"
#include "store/db.h"

namespace tandem::trace {

class TraceIds {
 public:
  // How many ids wait before a run is made of them. (Smaller values are for tests.)
  explicit TraceIds(size_t run_length = 32'768) : run_length_(run_length) {}

  // Forgets everything and reads the ids of traces beyond `indexed_key`.
  Result<void> load(store::Connection& connection, int64_t indexed_key);

  // The key of a trace in project `project_no`. A key found here may belong to a trace whose commit
  // is not done or failed: the row of the trace decides.
  Result<std::optional<int64_t>> find(store::Connection& connection, int64_t project_no,
                                      const TraceId& trace_id) const;

  // The same on the writer's thread, which sees its own merges in the table.
  Result<std::optional<int64_t>> find_when_writing(store::Connection& connection,
                                                   int64_t project_no,
                                                   const TraceId& trace_id) const;

  void add(int64_t project_no, const TraceId& trace_id, int64_t key);
  // Moves some waiting ids into the table, in proportion to `new_ids`, what the batch added.
  Result<void> merge(store::Connection& connection, size_t new_ids);
  // Every trace up to this key is in the table; to be stored with the batch.
  int64_t indexed_key() const { return indexed_key_; }

  size_t waiting() const;

 private:
  struct Name {
    TraceId trace_id;
    int64_t project_no = 0;
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct NameHash {
    size_t operator()(const Name& name) const;
  };
  using Map = std::unordered_map<Name, int64_t, NameHash>;
  struct Entry {
    Name name;
    int64_t key = 0;
  };

  void start_run();
  static Result<std::optional<int64_t>> find_in_table(store::Connection& connection,
                                                      const Name& name);

  const size_t run_length_;
  mutable std::shared_mutex mutex_;  // guards the maps against readers
  Map current_;
  Map merging_;
  // The run before: readers whose snapshot is older than its last slice still find it here.
  Map merged_;

  std::vector<Entry> run_;  // merging_, sorted by id
  size_t merged_entries_ = 0;
  int64_t run_last_key_ = 0;
  int64_t current_last_key_ = 0;
  int64_t indexed_key_ = 0;
};

}  // namespace tandem::trace
