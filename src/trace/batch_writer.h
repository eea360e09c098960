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

// Puts right what no span may have: negative durations and counts, times before 1970.
void put_right(Span& span);

struct WriteOutcome {
  int64_t added = 0;
  int64_t replaced = 0;  // the id was known: the later content stands
  int64_t refused = 0;   // the trace has limits::kMaxSpansPerTrace spans
};

class BatchWriter {
 public:
  explicit BatchWriter(TraceIds& ids) : ids_(ids) {}

  // Spans that were put right.
  Result<WriteOutcome> write(store::Connection& connection, std::span<const Span* const> batch);
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

    explicit Hot(int64_t project, TraceAssembly&& empty)
        : project_no(project), assembly(std::move(empty)) {}
  };
  // A span that was encoded and waits for its insert; places in bytes_.
  struct NewSpan {
    int64_t id = 0;
    size_t head_at = 0, body_at = 0, end = 0;
  };
  struct StoredForm {
    std::span<const uint8_t> head, body;
  };
  using HotList = std::list<Hot>;  // the most recently used first

  Result<void> synchronise(store::Connection& connection);
  Result<int64_t> project_number(store::Connection& connection, const ProjectId& project);
  Result<Hot*> open_trace(store::Connection& connection, const Span& span);
  Result<bool> load_trace(store::Connection& connection, Hot& hot);
  Result<void> store_span(store::Connection& connection, Hot& hot, const Span& span,
                          WriteOutcome& outcome);
  void encode_new_span(int64_t id, const Span& span);
  StoredForm stored_form(const NewSpan& span) const;
  void forget_new_spans();
  Result<void> insert_new_spans(store::Connection& connection);
  Result<void> save_traces(store::Connection& connection);
  static Result<void> update_trace(store::Connection& connection, const Hot& hot,
                                   const TraceSummary& summary);
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
  std::vector<NewSpan> new_spans_;  // to be inserted together
  std::string bytes_;               // their heads and bodies
};

}  // namespace tandem::trace
