#include "gateway/batches/store.h"

namespace tandem::gateway::batches {
namespace {

using store::Connection;
using store::Row;
using store::Statement;

#define TANDEM_BATCH_COLUMNS                                                                   \
  "id, project, key_id, node, endpoint, input_file, input_blob, completion_window, metadata, " \
  "status, errors, output_keep_s, total, completed, failed, output_file, error_file, "         \
  "created_us, expires_us, in_progress_us, finalizing_us, cancelling_us, finished_us"

constexpr Statement kInsert{
    "gateway_batches_insert",
    "INSERT INTO gateway_batches (" TANDEM_BATCH_COLUMNS
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 0, 0, 0, '', '', ?, ?, 0, 0, 0, 0)"};
constexpr Statement kFind{"gateway_batches_find", "SELECT " TANDEM_BATCH_COLUMNS
                                                  " FROM gateway_batches WHERE id = ? AND "
                                                  "project = ?"};
constexpr Statement kList{"gateway_batches_list",
                          "SELECT " TANDEM_BATCH_COLUMNS
                          " FROM gateway_batches WHERE project = ? AND id < ? ORDER BY id DESC "
                          "LIMIT ?"};
constexpr Statement kCount{
    "gateway_batches_count_unfinished",
    "SELECT COUNT(*) FROM gateway_batches WHERE project = ? AND finished_us = 0"};
constexpr Statement kUnfinished{"gateway_batches_unfinished",
                                "SELECT " TANDEM_BATCH_COLUMNS
                                " FROM gateway_batches WHERE finished_us = 0 AND node = ? ORDER BY "
                                "id LIMIT 1000"};
constexpr Statement kProgress{
    "gateway_batches_progress",
    "UPDATE gateway_batches SET total = ?, in_progress_us = ?, status = CASE WHEN status = "
    "'validating' THEN 'in_progress' ELSE status END WHERE id = ? AND finished_us = 0"};
constexpr Statement kFinalizing{
    "gateway_batches_finalizing",
    "UPDATE gateway_batches SET finalizing_us = ?, status = 'finalizing' WHERE id = ? AND status = "
    "'in_progress'"};
constexpr Statement kCancelling{
    "gateway_batches_cancelling",
    "UPDATE gateway_batches SET cancelling_us = ?, status = 'cancelling' WHERE id = ? AND status "
    "IN ('validating', 'in_progress')"};
constexpr Statement kFinish{
    "gateway_batches_finish",
    "UPDATE gateway_batches SET status = ?, errors = ?, output_file = ?, error_file = ?, total = "
    "?, finished_us = ? WHERE id = ? AND finished_us = 0"};
constexpr Statement kForget{"gateway_batch_lines_forget",
                            "DELETE FROM gateway_batch_lines WHERE batch = ?"};
constexpr Statement kInsertLine{
    "gateway_batch_lines_insert",
    "INSERT INTO gateway_batch_lines (batch, line, custom_id, request_id, status, body) VALUES (?, "
    "?, ?, ?, 0, ?) ON CONFLICT (batch, line) DO NOTHING"};
constexpr Statement kAnswerLine{
    "gateway_batch_lines_answer",
    "UPDATE gateway_batch_lines SET status = ?, body = ? WHERE batch = ? AND line = ? AND status = "
    "0"};
constexpr Statement kCountCompleted{"gateway_batches_count_completed",
                                    "UPDATE gateway_batches SET completed = completed + 1 WHERE "
                                    "id = ?"};
constexpr Statement kCountFailed{"gateway_batches_count_failed",
                                 "UPDATE gateway_batches SET failed = failed + 1 WHERE id = ?"};
constexpr Statement kBegun{
    "gateway_batch_lines_begun",
    "SELECT line, custom_id, request_id, status FROM gateway_batch_lines WHERE batch = ? ORDER BY "
    "line"};
constexpr Statement kAnswers{
    "gateway_batch_lines_answers",
    "SELECT line, custom_id, request_id, status, body FROM gateway_batch_lines WHERE batch = ? AND "
    "line > ? AND status > 0 ORDER BY line LIMIT ?"};

#undef TANDEM_BATCH_COLUMNS

Batch read_batch(const Row& row) {
  Batch batch;
  batch.id = row.str(0);
  batch.project = row.str(1);
  batch.key = row.str(2);
  batch.node = row.str(3);
  batch.endpoint = row.str(4);
  batch.input_file = row.str(5);
  batch.input_blob = row.str(6);
  batch.completion_window = row.str(7);
  batch.metadata = row.str(8);
  batch.status = parse_status(row.text(9));
  batch.errors = row.str(10);
  batch.output_keep_s = row.integer(11);
  batch.total = row.integer(12);
  batch.completed = row.integer(13);
  batch.failed = row.integer(14);
  batch.output_file = row.str(15);
  batch.error_file = row.str(16);
  batch.created_us = row.integer(17);
  batch.expires_us = row.integer(18);
  batch.in_progress_us = row.integer(19);
  batch.finalizing_us = row.integer(20);
  batch.cancelling_us = row.integer(21);
  batch.finished_us = row.integer(22);
  return batch;
}

Line read_begun(const Row& row) {
  return {row.integer(0), row.str(1), row.str(2), row.integer(3), {}};
}

Line read_answer(const Row& row) {
  Line line = read_begun(row);
  const auto bytes = row.blob(4);
  line.body.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return line;
}

std::string_view view(const std::string& text) {
  return text;
}

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

Result<void> insert_batch(Connection& connection, const Batch& batch) {
  TRY_VOID(connection.run(
      kInsert, {view(batch.id), view(batch.project), view(batch.key), view(batch.node),
                view(batch.endpoint), view(batch.input_file), view(batch.input_blob),
                view(batch.completion_window), view(batch.metadata), status_name(batch.status),
                batch.output_keep_s, batch.created_us, batch.expires_us}));
  return {};
}

Result<std::optional<Batch>> find_batch(Connection& connection, std::string_view project,
                                        std::string_view id) {
  return connection.find(kFind, {id, project}, read_batch);
}

Result<std::vector<Batch>> list_batches(Connection& connection, std::string_view project,
                                        std::string_view after, int64_t limit) {
  constexpr std::string_view kLast = "~";  // above every id
  return connection.list(kList, {project, after.empty() ? kLast : after, limit}, read_batch);
}

Result<int64_t> count_unfinished(Connection& connection, std::string_view project) {
  TRY(const auto count,
      connection.find(kCount, {project}, [](const Row& row) { return row.integer(0); }));
  return count.value_or(0);
}

Result<std::vector<Batch>> list_unfinished(Connection& connection, std::string_view node) {
  return connection.list(kUnfinished, {node}, read_batch);
}

Result<void> begin_progress(Connection& connection, std::string_view id, int64_t total,
                            WallUs now_us) {
  TRY_VOID(connection.run(kProgress, {total, now_us, id}));
  return {};
}

Result<void> begin_finalizing(Connection& connection, std::string_view id, WallUs now_us) {
  TRY_VOID(connection.run(kFinalizing, {now_us, id}));
  return {};
}

Result<bool> begin_cancelling(Connection& connection, std::string_view id, WallUs now_us) {
  TRY(const int64_t rows, connection.run(kCancelling, {now_us, id}));
  return rows > 0;
}

Result<void> finish_batch(Connection& connection, const Batch& batch) {
  TRY_VOID(connection.run(
      kFinish, {status_name(batch.status), view(batch.errors), view(batch.output_file),
                view(batch.error_file), batch.total, batch.finished_us, view(batch.id)}));
  TRY_VOID(connection.run(kForget, {view(batch.id)}));
  return {};
}

Result<void> insert_line(Connection& connection, std::string_view batch, const Line& line) {
  TRY_VOID(connection.run(kInsertLine, {batch, line.number, view(line.custom_id),
                                        view(line.request_id), bytes_of(line.body)}));
  return {};
}

Result<void> answer_line(Connection& connection, std::string_view batch, const Line& line) {
  TRY(const int64_t rows,
      connection.run(kAnswerLine, {line.status, bytes_of(line.body), batch, line.number}));
  if (rows == 0) return {};
  const bool good = line.status >= 200 && line.status < 300;
  TRY_VOID(connection.run(good ? kCountCompleted : kCountFailed, {batch}));
  return {};
}

Result<std::vector<Line>> list_begun(Connection& connection, std::string_view batch) {
  return connection.list(kBegun, {batch}, read_begun);
}

Result<std::vector<Line>> list_answers(Connection& connection, std::string_view batch,
                                       int64_t after, int64_t limit) {
  return connection.list(kAnswers, {batch, after, limit}, read_answer);
}

}  // namespace tandem::gateway::batches
