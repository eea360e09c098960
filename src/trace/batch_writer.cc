#include "trace/batch_writer.h"

#include <algorithm>
#include <array>

#include "trace/codec.h"
#include "trace/limits.h"
#include "trace/rows.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

using store::Param;
using store::Row;
using store::Statement;

constexpr Statement kState{"trace_state.get",
                           "SELECT batch, next_key, next_block, indexed_key FROM trace_state"};
constexpr Statement kSaveState{"trace_state.set",
                               "UPDATE trace_state SET batch = ?, next_key = ?, next_block = ?, "
                               "indexed_key = ? WHERE id = 1"};
constexpr Statement kFindProject{"trace_projects.find",
                                 "SELECT no FROM trace_projects WHERE project = ?"};
constexpr Statement kAddProject{
    "trace_projects.add",
    "INSERT INTO trace_projects (no, project) SELECT COALESCE(MAX(no), 0) + 1, ? "
    "FROM trace_projects"};
constexpr Statement kInsertSpan{"spans.insert",
                                "INSERT INTO spans (id, head, body) VALUES (?, ?, ?)"};
constexpr Statement kReplaceSpan{"spans.replace",
                                 "UPDATE spans SET head = ?, body = ? WHERE id = ?"};
constexpr Statement kHeads{"spans.heads",
                           "SELECT head FROM spans WHERE id >= ? AND id < ? ORDER BY id"};
constexpr Statement kInsertTrace{
    "traces.insert",
    "INSERT INTO traces (name, status, complete, duration_us, span_count, input_tokens, "
    "cached_input_tokens, output_tokens, reasoning_tokens, cost_nano_usd, user_id, models, tags, "
    "environment, release, metadata, start_us, session_id, error_count, key, project_no, trace_id) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
// Columns of indexes are left out where they did not change: SQLite would write the indexes again.
constexpr Statement kUpdateTrace{
    "traces.update",
    "UPDATE traces SET name = ?, status = ?, complete = ?, duration_us = ?, span_count = ?, "
    "input_tokens = ?, cached_input_tokens = ?, output_tokens = ?, reasoning_tokens = ?, "
    "cost_nano_usd = ?, user_id = ?, models = ?, tags = ?, environment = ?, release = ?, "
    "metadata = ? WHERE key = ?"};
constexpr Statement kUpdateIndexed{
    "traces.update_indexed",
    "UPDATE traces SET name = ?, status = ?, complete = ?, duration_us = ?, span_count = ?, "
    "input_tokens = ?, cached_input_tokens = ?, output_tokens = ?, reasoning_tokens = ?, "
    "cost_nano_usd = ?, user_id = ?, models = ?, tags = ?, environment = ?, release = ?, "
    "metadata = ?, start_us = ?, session_id = ?, error_count = ? WHERE key = ?"};
constexpr size_t kPlainColumns = 16;
constexpr size_t kIndexedColumns = 19;

constexpr size_t kKeptScratch = 256 * 1024;
constexpr size_t kMaxHotTraces = 8192;
constexpr size_t kMaxHotSpans = 65'536;

void not_negative(int64_t& value) {
  value = std::max<int64_t>(value, 0);
}

// The texts of a trace's row as its columns hold them; must outlive the parameters.
struct RowTexts {
  explicit RowTexts(const TraceSummary& summary)
      : name(storable(summary.name)),
        user(storable(summary.user_id)),
        models(joined_lines(summary.models)),
        tags(joined_lines(summary.tags)),
        environment(storable(summary.environment)),
        release(storable(summary.release)),
        metadata(storable(summary.metadata.text)),
        session(storable(summary.session_id)) {}
  std::string name, user, models, tags, environment, release, metadata, session;
};

Param text_or_null(const std::string& text) {
  return text.empty() ? Param(store::kNull) : Param(std::string_view(text));
}

// In the order of kInsertTrace: plain columns, columns of indexes, key, project_no, trace_id.
std::array<Param, 22> trace_params(const TraceSummary& summary, const RowTexts& texts) {
  return {text_or_null(texts.name),
          int64_t{static_cast<uint8_t>(summary.status)},
          int64_t{summary.complete ? 1 : 0},
          summary.duration_us,
          summary.span_count,
          summary.input_tokens,
          summary.cached_input_tokens,
          summary.output_tokens,
          summary.reasoning_tokens,
          summary.cost_nano_usd,
          text_or_null(texts.user),
          text_or_null(texts.models),
          text_or_null(texts.tags),
          text_or_null(texts.environment),
          text_or_null(texts.release),
          text_or_null(texts.metadata),
          summary.start_us,
          text_or_null(texts.session),
          summary.error_count,
          store::kNull,
          store::kNull,
          store::kNull};
}

}  // namespace

EncodedSpan encode(Span span) {
  not_negative(span.start_us);
  not_negative(span.duration_us);
  if (span.usage) {
    for (int64_t* count : {&span.usage->input_tokens, &span.usage->cached_input_tokens,
                           &span.usage->cache_write_input_tokens, &span.usage->output_tokens,
                           &span.usage->reasoning_tokens}) {
      not_negative(*count);
    }
  }
  // Grown once per thread, then copied at their size: one allocation each.
  thread_local std::string scratch;
  EncodedSpan encoded;
  scratch.clear();
  encode_head(head_of(span), scratch);
  encoded.head = scratch;
  scratch.clear();
  encode_body(span, scratch);
  encoded.body = scratch;
  if (scratch.capacity() > kKeptScratch) scratch = std::string();
  encoded.span = std::move(span);
  return encoded;
}

Result<WriteOutcome> BatchWriter::write(store::Connection& connection,
                                        std::span<const EncodedSpan> batch) {
  TRY_VOID(synchronise(connection));
  trusted_ = false;  // until all of it is done
  new_ids_ = 0;
  changed_.clear();
  WriteOutcome outcome;
  for (const EncodedSpan& encoded : batch) {
    TRY(Hot * hot, open_trace(connection, encoded.span));
    TRY_VOID(store_span(connection, *hot, encoded, outcome));
  }
  for (Hot* hot : changed_) TRY_VOID(save_trace(connection, *hot));
  TRY_VOID(text_.save(connection));
  TRY_VOID(ids_.merge(connection, new_ids_));
  TRY_VOID(
      connection.run(kSaveState, {batch_ + 1, next_key_, text_.next_block(), ids_.indexed_key()}));
  ++batch_;
  trusted_ = true;
  cool_down();
  return outcome;
}

Result<void> BatchWriter::synchronise(store::Connection& connection) {
  int64_t batch = 0;
  int64_t next_block = 1;
  int64_t indexed_key = 0;
  int64_t next_key = 1;
  TRY_VOID(connection.query(kState, {}, [&](const Row& row) {
    batch = row.integer(0);
    next_key = row.integer(1);
    next_block = row.integer(2);
    indexed_key = row.integer(3);
    return false;
  }));
  if (trusted_ && batch == batch_) return {};
  hot_by_key_.clear();
  hot_.clear();
  hot_spans_ = 0;
  project_numbers_.clear();
  text_.reset(next_block);
  TRY_VOID(ids_.load(connection, indexed_key));
  batch_ = batch;
  next_key_ = next_key;
  return {};
}

Result<int64_t> BatchWriter::project_number(store::Connection& connection,
                                            const ProjectId& project) {
  if (const auto known = project_numbers_.find(project); known != project_numbers_.end()) {
    return known->second;
  }
  const auto number = [](const Row& row) { return row.integer(0); };
  TRY(std::optional<int64_t> found, connection.find(kFindProject, {project.view()}, number));
  if (!found) {
    TRY_VOID(connection.run(kAddProject, {project.view()}));
    TRY(found, connection.find(kFindProject, {project.view()}, number));
  }
  project_numbers_.emplace(project, *found);
  return *found;
}

Result<BatchWriter::Hot*> BatchWriter::open_trace(store::Connection& connection, const Span& span) {
  TRY(const int64_t project_no, project_number(connection, span.project));
  TRY(const std::optional<int64_t> key,
      ids_.find_when_writing(connection, project_no, span.trace_id));
  if (key) {
    if (const auto found = hot_by_key_.find(*key); found != hot_by_key_.end()) {
      hot_.splice(hot_.begin(), hot_, found->second);
      return &hot_.front();
    }
  }
  Hot hot{.key = key.value_or(0),
          .project_no = project_no,
          .assembly = TraceAssembly(span.project, span.trace_id)};
  bool stored = false;
  if (key) {
    TRY(stored, load_trace(connection, hot));
  }
  if (!stored) {
    hot.key = next_key_++;
    ids_.add(project_no, span.trace_id, hot.key);
    ++new_ids_;
  }
  hot_.push_front(std::move(hot));
  hot_by_key_.emplace(hot_.front().key, hot_.begin());
  return &hot_.front();
}

Result<bool> BatchWriter::load_trace(store::Connection& connection, Hot& hot) {
  static const std::string kSql =
      std::string("SELECT ") + std::string(summary_columns()) + " FROM traces WHERE key = ?";
  const Statement get{"traces.get", kSql};
  TRY(std::optional<StoredSummary> row, connection.find(get, {hot.key}, summary_of));
  if (!row) return false;
  std::vector<SpanHead> heads;
  Result<void> readable;
  TRY_VOID(connection.query(kHeads, {first_span_id(hot.key), first_span_id(hot.key + 1)},
                            [&](const Row& head_row) {
                              auto head = decode_head(head_row.blob(0));
                              if (head)
                                heads.push_back(*head);
                              else
                                readable = fail(std::move(head).error());
                              return readable.has_value();
                            }));
  TRY_VOID(readable);
  hot.stored = true;
  hot.stored_start_us = row->summary.start_us;
  hot.stored_session = row->summary.session_id;
  hot.stored_errors = row->summary.error_count;
  hot_spans_ += heads.size();
  hot.assembly = TraceAssembly(std::move(row->summary), std::move(heads));
  return true;
}

Result<void> BatchWriter::store_span(store::Connection& connection, Hot& hot,
                                     const EncodedSpan& encoded, WriteOutcome& outcome) {
  const TraceAssembly::Place place = hot.assembly.place(encoded.span);
  const int64_t id = first_span_id(hot.key) + place.number;
  const Param head = wire::as_bytes(encoded.head);
  const Param body = wire::as_bytes(encoded.body);
  switch (place.placement) {
    case TraceAssembly::Placement::Refused:
      ++outcome.refused;
      return {};
    case TraceAssembly::Placement::Replaced:
      TRY_VOID(connection.run(kReplaceSpan, {head, body, id}));
      ++outcome.replaced;
      break;
    case TraceAssembly::Placement::Added:
      TRY_VOID(connection.run(kInsertSpan, {id, head, body}));
      ++outcome.added;
      ++hot_spans_;
      break;
  }
  text_.add(hot.project_no, id, encoded.span);
  if (!hot.changed) changed_.push_back(&hot);
  hot.changed = true;
  return {};
}

Result<void> BatchWriter::save_trace(store::Connection& connection, Hot& hot) {
  const TraceSummary& summary = hot.assembly.summarise();
  const RowTexts texts(summary);
  std::array<Param, 22> params = trace_params(summary, texts);
  const std::span<Param> all(params);
  const bool indexed = hot.stored_start_us != summary.start_us ||
                       hot.stored_errors != summary.error_count ||
                       hot.stored_session != summary.session_id;
  if (!hot.stored) {
    params[kIndexedColumns] = hot.key;
    params[kIndexedColumns + 1] = hot.project_no;
    params[kIndexedColumns + 2] = std::span<const uint8_t>(summary.trace_id.bytes);
    TRY_VOID(connection.run(kInsertTrace, all));
  } else if (indexed) {
    params[kIndexedColumns] = hot.key;
    TRY_VOID(connection.run(kUpdateIndexed, all.first(kIndexedColumns + 1)));
  } else {
    params[kPlainColumns] = hot.key;
    TRY_VOID(connection.run(kUpdateTrace, all.first(kPlainColumns + 1)));
  }
  hot.stored = true;
  hot.changed = false;
  hot.stored_start_us = summary.start_us;
  hot.stored_errors = summary.error_count;
  hot.stored_session = summary.session_id;
  return {};
}

void BatchWriter::drop(int64_t key) {
  const auto found = hot_by_key_.find(key);
  if (found == hot_by_key_.end()) return;
  hot_spans_ -= std::min(hot_spans_, found->second->assembly.span_count());
  hot_.erase(found->second);
  hot_by_key_.erase(found);
}

void BatchWriter::cool_down() {
  while (!hot_.empty() && (hot_.size() > kMaxHotTraces || hot_spans_ > kMaxHotSpans)) {
    drop(hot_.back().key);
  }
}

}  // namespace tandem::trace
