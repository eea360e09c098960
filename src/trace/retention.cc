#include "trace/retention.h"

#include "trace/rows.h"

namespace tandem::trace {
namespace {

using store::Row;
using store::Statement;

constexpr Statement kOld{"traces.old",
                         "SELECT key, trace_id FROM traces WHERE project_no = ? AND start_us < ? "
                         "ORDER BY start_us LIMIT ?"};
constexpr Statement kDeleteSpans{"spans.delete", "DELETE FROM spans WHERE id >= ? AND id < ?"};
constexpr Statement kDeleteId{"trace_ids.delete",
                              "DELETE FROM trace_ids WHERE trace_id = ? AND project_no = ?"};
constexpr Statement kDeleteTrace{"traces.delete", "DELETE FROM traces WHERE key = ?"};
constexpr Statement kDeleteBlocks{
    "text_blocks.delete", "DELETE FROM text_blocks WHERE project_no = ? AND last_start_us < ?"};

struct Old {
  int64_t key = 0;
  TraceId trace_id;
};

Result<void> delete_trace(store::Connection& connection, int64_t project_no, const Old& old) {
  TRY_VOID(connection.run(kDeleteSpans, {first_span_id(old.key), first_span_id(old.key + 1)}));
  TRY_VOID(connection.run(kDeleteId, {std::span<const uint8_t>(old.trace_id.bytes), project_no}));
  TRY_VOID(connection.run(kDeleteTrace, {old.key}));
  return {};
}

}  // namespace

Result<std::vector<int64_t>> delete_before(store::Connection& connection, const Scope& scope,
                                           WallUs cutoff_us, int64_t most) {
  std::vector<int64_t> deleted;
  TRY(const std::vector<NumberedProject> projects, projects_in(connection, scope));
  for (const NumberedProject& project : projects) {
    const int64_t left = most - static_cast<int64_t>(deleted.size());
    if (left <= 0) break;
    TRY(const std::vector<Old> found,
        connection.list(kOld, {project.no, cutoff_us, left}, [](const Row& row) {
          return Old{row.integer(0), trace_id_of(row.blob(1)).value_or(TraceId{})};
        }));
    for (const Old& old : found) {
      TRY_VOID(delete_trace(connection, project.no, old));
      deleted.push_back(old.key);
    }
    // A block whose youngest span is older than the cutoff holds deleted traces only, or late spans
    // of traces that are old themselves.
    if (static_cast<int64_t>(found.size()) < left) {
      TRY_VOID(connection.run(kDeleteBlocks, {project.no, cutoff_us}));
    }
  }
  return deleted;
}

}  // namespace tandem::trace
