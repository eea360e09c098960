#include "trace/batch_writer.h"

#include <algorithm>
#include <array>

#include "store/insert_rows.h"
#include "trace/codec.h"
#include "trace/limits.h"
#include "trace/rows.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

using store::InsertRows;
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
constexpr Statement kReplaceSpan{"spans.replace",
                                 "UPDATE spans SET head = ?, body = ? WHERE id = ?"};
constexpr Statement kHeads{"spans.heads",
                           "SELECT head FROM spans WHERE id >= ? AND id < ? ORDER BY id"};
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
constexpr size_t kTraceColumns = 22;

const InsertRows& insert_spans() {
  static const InsertRows kRows("spans.insert", "spans (id, head, body)", 3);
  return kRows;
}

const InsertRows& insert_traces() {
  static const InsertRows kRows(
      "traces.insert",
      "traces (name, status, complete, duration_us, span_count, input_tokens, "
      "cached_input_tokens, output_tokens, reasoning_tokens, cost_nano_usd, user_id, models, tags, "
      "environment, release, metadata, start_us, session_id, error_count, key, project_no, "
      "trace_id)",
      kTraceColumns);
  return kRows;
}

constexpr size_t kRowsAtOnce = 16;  // what is gathered before it is inserted
constexpr size_t kKeptScratch = 256 * 1024;
constexpr size_t kMaxHotTraces = 8192;
constexpr size_t kMaxHotSpans = 65'536;

void not_negative(int64_t& value) {
  value = std::max<int64_t>(value, 0);
}

// The texts of a trace's row as its columns hold them, null where empty; keeps what it had to make,
// and outlives the parameters.
class RowTexts {
 public:
  Param text(std::string_view text) {
    if (text.empty()) return store::kNull;
    return is_storable(text) ? text : keep(storable(text));
  }
  Param lines(const std::vector<std::string>& items) {
    if (items.empty()) return store::kNull;
    return keep(joined_lines(items));
  }

 private:
  std::string_view keep(std::string text) { return kept_[count_++] = std::move(text); }
  std::array<std::string, 8> kept_;
  size_t count_ = 0;
};

// In the order of insert_traces(): plain columns, columns of indexes, key, project_no, trace_id.
std::array<Param, kTraceColumns> trace_params(const TraceSummary& summary, RowTexts& texts) {
  return {texts.text(summary.name),
          int64_t{static_cast<uint8_t>(summary.status)},
          int64_t{summary.complete ? 1 : 0},
          summary.duration_us,
          summary.span_count,
          summary.input_tokens,
          summary.cached_input_tokens,
          summary.output_tokens,
          summary.reasoning_tokens,
          summary.cost_nano_usd,
          texts.text(summary.user_id),
          texts.lines(summary.models),
          texts.lines(summary.tags),
          texts.text(summary.environment),
          texts.text(summary.release),
          texts.text(summary.metadata.text),
          summary.start_us,
          texts.text(summary.session_id),
          summary.error_count,
          store::kNull,
          store::kNull,
          store::kNull};
}

}  // namespace

void put_right(Span& span) {
  not_negative(span.start_us);
  not_negative(span.duration_us);
  if (!span.usage) return;
  for (int64_t* count : {&span.usage->input_tokens, &span.usage->cached_input_tokens,
                         &span.usage->cache_write_input_tokens, &span.usage->output_tokens,
                         &span.usage->reasoning_tokens}) {
    not_negative(*count);
  }
}

Result<WriteOutcome> BatchWriter::write(store::Connection& connection,
                                        std::span<const Span* const> batch) {
  TRY_VOID(synchronise(connection));
  trusted_ = false;  // until all of it is done
  new_ids_ = 0;
  changed_.clear();
  forget_new_spans();
  WriteOutcome outcome;
  for (const Span* span : batch) {
    TRY(Hot * hot, open_trace(connection, *span));
    TRY_VOID(store_span(connection, *hot, *span, outcome));
  }
  TRY_VOID(insert_new_spans(connection));
  if (bytes_.capacity() > kKeptScratch) bytes_ = std::string();
  TRY_VOID(save_traces(connection));
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
  HotList opened;
  Hot& hot = opened.emplace_front(project_no, TraceAssembly(span.project, span.trace_id));
  bool stored = false;
  if (key) {
    hot.key = *key;
    TRY(stored, load_trace(connection, hot));
  }
  if (!stored) {
    hot.key = next_key_++;
    ids_.add(project_no, span.trace_id, hot.key);
    ++new_ids_;
  }
  hot_.splice(hot_.begin(), opened);
  hot_by_key_.emplace(hot.key, hot_.begin());
  return &hot;
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

Result<void> BatchWriter::store_span(store::Connection& connection, Hot& hot, const Span& span,
                                     WriteOutcome& outcome) {
  const TraceAssembly::Place place = hot.assembly.place(span);
  if (place.placement == TraceAssembly::Placement::Refused) {
    ++outcome.refused;
    return {};
  }
  const int64_t id = first_span_id(hot.key) + place.number;
  if (place.placement == TraceAssembly::Placement::Replaced) {
    TRY_VOID(insert_new_spans(connection));  // what is replaced may be among them
    encode_new_span(id, span);
    const auto [head, body] = stored_form(new_spans_.back());
    TRY_VOID(connection.run(kReplaceSpan, {head, body, id}));
    forget_new_spans();
    ++outcome.replaced;
  } else {
    encode_new_span(id, span);
    if (new_spans_.size() == kRowsAtOnce) TRY_VOID(insert_new_spans(connection));
    ++outcome.added;
    ++hot_spans_;
  }
  text_.add(hot.project_no, id, span);
  if (!hot.changed) changed_.push_back(&hot);
  hot.changed = true;
  return {};
}

void BatchWriter::encode_new_span(int64_t id, const Span& span) {
  NewSpan added{id, bytes_.size(), 0, 0};
  encode_head(head_of(span), bytes_);
  added.body_at = bytes_.size();
  encode_body(span, bytes_);
  added.end = bytes_.size();
  new_spans_.push_back(added);
}

BatchWriter::StoredForm BatchWriter::stored_form(const NewSpan& span) const {
  const auto bytes = wire::as_bytes(bytes_);
  return {bytes.subspan(span.head_at, span.body_at - span.head_at),
          bytes.subspan(span.body_at, span.end - span.body_at)};
}

void BatchWriter::forget_new_spans() {
  new_spans_.clear();
  bytes_.clear();
}

Result<void> BatchWriter::insert_new_spans(store::Connection& connection) {
  std::array<Param, 3 * kRowsAtOnce> params;
  size_t count = 0;
  for (const NewSpan& span : new_spans_) {
    const auto [head, body] = stored_form(span);
    params[count++] = span.id;
    params[count++] = head;
    params[count++] = body;
  }
  TRY_VOID(insert_spans().run(connection, std::span<const Param>(params).first(count)));
  forget_new_spans();
  return {};
}

Result<void> BatchWriter::save_traces(store::Connection& connection) {
  std::array<RowTexts, kRowsAtOnce> texts;
  std::array<Param, kTraceColumns * kRowsAtOnce> params;
  size_t rows = 0;
  const auto insert = [&]() -> Result<void> {
    const std::span<const Param> all(params);
    TRY_VOID(insert_traces().run(connection, all.first(rows * kTraceColumns)));
    for (size_t i = 0; i < rows; ++i) texts[i] = {};
    rows = 0;
    return {};
  };
  for (Hot* hot : changed_) {
    const TraceSummary& summary = hot->assembly.summarise();
    if (hot->stored) {
      TRY_VOID(update_trace(connection, *hot, summary));
    } else {
      const auto row = trace_params(summary, texts[rows]);
      const auto to = std::copy(row.begin(), row.begin() + kIndexedColumns,
                                params.begin() + static_cast<ptrdiff_t>(rows * kTraceColumns));
      to[0] = hot->key;
      to[1] = hot->project_no;
      to[2] = std::span<const uint8_t>(summary.trace_id.bytes);
      if (++rows == kRowsAtOnce) TRY_VOID(insert());
    }
    hot->stored = true;
    hot->changed = false;
    hot->stored_start_us = summary.start_us;
    hot->stored_errors = summary.error_count;
    hot->stored_session = summary.session_id;
  }
  return insert();
}

Result<void> BatchWriter::update_trace(store::Connection& connection, const Hot& hot,
                                       const TraceSummary& summary) {
  RowTexts texts;
  std::array<Param, kTraceColumns> params = trace_params(summary, texts);
  const bool indexed = hot.stored_start_us != summary.start_us ||
                       hot.stored_errors != summary.error_count ||
                       hot.stored_session != summary.session_id;
  const size_t columns = indexed ? kIndexedColumns : kPlainColumns;
  params[columns] = hot.key;
  TRY_VOID(connection.run(indexed ? kUpdateIndexed : kUpdateTrace,
                          std::span<const Param>(params).first(columns + 1)));
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
