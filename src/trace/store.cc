#include "trace/store.h"

#include <algorithm>

#include "base/json/writer.h"
#include "store/migrations.h"
#include "trace/render.h"
#include "trace/retention.h"
#include "trace/schema.h"

namespace tandem::trace {
namespace {

constexpr int64_t kDeletedPerJob = 2000;
constexpr int64_t kCacheKib = 48 * 1024;
// Spans have kilobytes: on small pages most would have one of their own, a third of it empty.
constexpr int kPageBytes = 16 * 1024;

Result<void> check(const Span& span) {
  if (span.project.empty() || !span.trace_id.valid() || !span.span_id.valid()) {
    return fail(Code::InvalidArgument, "A span lacks its project, trace id or span id.",
                "Ids are 16 and 8 bytes that are not all zero.");
  }
  return {};
}

std::string list_body(const TraceList& list) {
  std::string body;
  json::Writer json(body);
  json.object().key("data").array();
  for (const TraceSummary& trace : list.traces) write_summary(json, trace, {});
  json.end_array().key("next_cursor").string_or_null(list.next_cursor);
  if (list.total_traces) json.key("total_traces").integer(*list.total_traces);
  if (list.total_spans) json.key("total_spans").integer(*list.total_spans);
  json.end_object();
  return body;
}

// Checks and puts right; the pointers are to `spans`.
Result<std::vector<const Span*>> prepare(std::vector<Span>& spans) {
  std::vector<const Span*> batch;
  batch.reserve(spans.size());
  for (Span& span : spans) {
    TRY_VOID(check(span));
    put_right(span);
    batch.push_back(&span);
  }
  return batch;
}

}  // namespace

Result<std::unique_ptr<TraceStore>> TraceStore::open(const std::string& path,
                                                     store::SqliteOptions options) {
  // Ids are random, so the index by id has no warm end: it is kept in memory as far as this goes.
  options.cache_kib = std::max(options.cache_kib, kCacheKib);
  options.page_bytes = std::max(options.page_bytes, kPageBytes);
  TRY(std::unique_ptr<store::Db> db, store::open_sqlite(path, options));
  TRY_VOID(store::migrate(*db, migrations()));
  std::unique_ptr<TraceStore> traces(new TraceStore(std::move(db)));
  // An empty batch reads what the writer has to know, so that the first request does not wait.
  TRY_VOID(traces->write_now(std::span<const Span* const>()));
  return traces;
}

Task<Result<WriteOutcome>> TraceStore::write(std::vector<Span> spans) {
  CO_TRY(const std::vector<const Span*> batch, prepare(spans));
  store::Db::Job<WriteOutcome> job = [this, &batch](store::Connection& connection) {
    return writer_.write(connection, batch);
  };
  Result<WriteOutcome> outcome = co_await db_->write<WriteOutcome>(std::move(job));
  co_return outcome;
}

Result<WriteOutcome> TraceStore::write_now(std::span<const Span* const> batch) {
  return db_->write_now(
      [this, batch](store::Connection& connection) { return writer_.write(connection, batch); });
}

Result<WriteOutcome> TraceStore::write_now(std::vector<Span> spans) {
  TRY(const std::vector<const Span*> batch, prepare(spans));
  return write_now(std::span<const Span* const>(batch));
}

Task<Result<TraceList>> TraceStore::list(ListQuery query) {
  store::Db::Job<TraceList> job = [&query](store::Connection& connection) {
    return list_traces(connection, query);
  };
  Result<TraceList> page = co_await db_->read<TraceList>(std::move(job));
  co_return page;
}

Result<TraceList> TraceStore::list_now(const ListQuery& query) {
  return db_->read_now(
      [&query](store::Connection& connection) { return list_traces(connection, query); });
}

Task<Result<std::optional<TraceDetail>>> TraceStore::find(DetailQuery query) {
  store::Db::Job<std::optional<TraceDetail>> job = [this, &query](store::Connection& connection) {
    return read_trace(connection, ids_, query);
  };
  Result<std::optional<TraceDetail>> found =
      co_await db_->read<std::optional<TraceDetail>>(std::move(job));
  co_return found;
}

Result<std::optional<TraceDetail>> TraceStore::find_now(const DetailQuery& query) {
  return db_->read_now([this, &query](store::Connection& connection) {
    return read_trace(connection, ids_, query);
  });
}

Task<Result<std::string>> TraceStore::list_json(ListQuery query) {
  store::Db::Job<std::string> job = [&query](store::Connection& connection) -> Result<std::string> {
    TRY(const TraceList list, list_traces(connection, query));
    return list_body(list);
  };
  Result<std::string> body = co_await db_->read<std::string>(std::move(job));
  co_return body;
}

Task<Result<std::optional<std::string>>> TraceStore::find_json(DetailQuery query) {
  using Body = std::optional<std::string>;
  store::Db::Job<Body> job = [this, &query](store::Connection& connection) -> Result<Body> {
    TRY(const std::optional<TraceDetail> detail, read_trace(connection, ids_, query));
    if (!detail) return std::nullopt;
    std::string body;
    json::Writer json(body);
    write_trace(json, detail->summary, {}, detail->spans, detail->next_cursor);
    return body;
  };
  Result<Body> body = co_await db_->read<Body>(std::move(job));
  co_return body;
}

Result<int64_t> TraceStore::delete_before_now(const Scope& scope, WallUs cutoff_us) {
  int64_t deleted = 0;
  while (true) {
    TRY(const int64_t count, db_->write_now([&](store::Connection& connection) -> Result<int64_t> {
      TRY(const std::vector<int64_t> keys,
          delete_before(connection, scope, cutoff_us, kDeletedPerJob));
      for (const int64_t key : keys) writer_.drop(key);
      return static_cast<int64_t>(keys.size());
    }));
    deleted += count;
    if (count < kDeletedPerJob) return deleted;
  }
}

}  // namespace tandem::trace
