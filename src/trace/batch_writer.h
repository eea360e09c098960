// BatchWriter: writes batches of spans and keeps their traces' rows true. One instance per trace
// file; write() runs inside a write job of its Db, so on the one writer thread, and everything of a
// batch is in one transaction. Recent traces stay in memory; what it remembers is checked against
// the file at the start of each batch, so a lost commit costs a reload and nothing else.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/db.h"
#include "trace/assembly.h"
#include "trace/text_blocks.h"
#include "trace/trace_ids.h"
#include "trace/types.h"

namespace tandem::trace {

// A span with its stored form, made outside of the transaction.
struct EncodedSpan {
  Span span;
  std::string head;
  std::string body;
};
// Also puts right what no span may have: negative durations and counts, times before 1970.
EncodedSpan encode(Span span);

struct WriteOutcome {
  int64_t added = 0;
  int64_t replaced = 0;  // the id was known: the later content stands
  int64_t refused = 0;   // the trace has limits::kMaxSpansPerTrace spans
};

class BatchWriter {
 public:
  explicit BatchWriter(TraceIds& ids) : ids_(ids) {}

  Result<WriteOutcome> write(store::Connection& connection, std::span<const EncodedSpan> batch);
  // A trace that a job on the writer thread deleted.
  void drop(int64_t key);

 private:
  struct Hot {
    int64_t key = 0;
    int64_t project_no = 0;
    bool stored = false;   // its row is in the file
    bool changed = false;  // by this batch
    WallUs stored_start_us = 0;
    int64_t stored_errors = 0;
    std::string stored_session;
    TraceAssembly assembly;
  };
  using HotList = std::list<Hot>;  // the most recently used first

  Result<void> synchronise(store::Connection& connection);
  Result<int64_t> project_number(store::Connection& connection, const ProjectId& project);
  Result<Hot*> open_trace(store::Connection& connection, const Span& span);
  Result<bool> load_trace(store::Connection& connection, Hot& hot);
  Result<void> store_span(store::Connection& connection, Hot& hot, const EncodedSpan& encoded,
                          WriteOutcome& outcome);
  Result<void> save_trace(store::Connection& connection, Hot& hot);
  void cool_down();

  TraceIds& ids_;  // outlives the writer
  TextBlocks text_;
  bool trusted_ = false;
  int64_t batch_ = 0;
  int64_t next_key_ = 1;
  size_t new_ids_ = 0;
  std::unordered_map<ProjectId, int64_t> project_numbers_;
  HotList hot_;
  std::unordered_map<int64_t, HotList::iterator> hot_by_key_;
  size_t hot_spans_ = 0;
  std::vector<Hot*> changed_;
};

}  // namespace tandem::trace
