// TraceStore: the traces of a server in one SQLite file of their own. Made by app, which owns it;
// any thread. Writing: Recorder for our own spans, write() where the answer to a client waits for
// the commit (ingest). Reading: one snapshot per call, on the database's reader threads.
//   TRY(auto traces, TraceStore::open(data_dir + "/traces.db"));
//   ListQuery query{Scope::of(ctx.project())};
//   CO_TRY(TraceList page, co_await traces->list(std::move(query)));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/result.h"
#include "store/db.h"
#include "trace/batch_writer.h"
#include "trace/detail.h"
#include "trace/list.h"
#include "trace/trace_ids.h"
#include "trace/types.h"

namespace tandem::trace {

class TraceStore {
 public:
  // `path`: a file that is created where it is missing. Its commits survive a killed process; a
  // power cut may take the newest.
  static Result<std::unique_ptr<TraceStore>> open(const std::string& path,
                                                  store::SqliteOptions options = {});
  TraceStore(const TraceStore&) = delete;
  TraceStore& operator=(const TraceStore&) = delete;

  // Committed and readable when it returns. InvalidArgument where a span lacks project, trace or
  // span id; nothing is written then.
  Task<Result<WriteOutcome>> write(std::vector<Span> spans);
  // Blocking, for background threads and tests. The first form takes spans that were put right
  // (batch_writer.h) and stay the caller's.
  Result<WriteOutcome> write_now(std::span<const Span* const> batch);
  Result<WriteOutcome> write_now(std::vector<Span> spans);

  Task<Result<TraceList>> list(ListQuery query);
  Result<TraceList> list_now(const ListQuery& query);
  // nullopt where the scope has no such trace.
  Task<Result<std::optional<TraceDetail>>> find(DetailQuery query);
  Result<std::optional<TraceDetail>> find_now(const DetailQuery& query);

  // The answers of the API, rendered where they are read.
  Task<Result<std::string>> list_json(ListQuery query);
  Task<Result<std::optional<std::string>>> find_json(DetailQuery query);

  // Deletes what started before `cutoff_us`, a few thousand traces per transaction; for a daily
  // job. Blocking. Answers how many traces went.
  Result<int64_t> delete_before_now(const Scope& scope, WallUs cutoff_us);

  store::DbStats stats() const { return db_->stats(); }

 private:
  explicit TraceStore(std::unique_ptr<store::Db> db) : db_(std::move(db)) {}

  TraceIds ids_;
  BatchWriter writer_{ids_};       // used in write jobs only
  std::unique_ptr<store::Db> db_;  // last: its jobs end before what they use goes
};

}  // namespace tandem::trace
