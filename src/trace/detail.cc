#include "trace/detail.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/json/writer.h"
#include "trace/codec.h"
#include "trace/cursor.h"
#include "trace/render.h"
#include "trace/rows.h"

namespace tandem::trace {
namespace {

using store::Row;
using store::Statement;

constexpr Statement kHeads{"spans.heads",
                           "SELECT head FROM spans WHERE id >= ? AND id < ? ORDER BY id"};
constexpr Statement kSpan{"spans.get", "SELECT head, body FROM spans WHERE id = ?"};

Result<std::optional<StoredSummary>> find_summary(store::Connection& connection,
                                                  const TraceIds& ids, const DetailQuery& query) {
  static const std::string kSql = fmt::format(
      "SELECT {} FROM traces WHERE key = ? AND project_no = ? AND trace_id = ?", summary_columns());
  const Statement get{"traces.get_of_project", kSql};
  TRY(const std::vector<NumberedProject> projects, projects_in(connection, query.scope));
  for (const NumberedProject& project : projects) {
    TRY(const std::optional<int64_t> key, ids.find(connection, project.no, query.trace_id));
    if (!key) continue;
    TRY(std::optional<StoredSummary> stored,
        connection.find(get, {*key, project.no, std::span<const uint8_t>(query.trace_id.bytes)},
                        summary_of));
    if (!stored) continue;
    stored->summary.project = project.id;
    return stored;
  }
  return std::nullopt;
}

Result<std::vector<SpanHead>> read_heads(store::Connection& connection, int64_t key) {
  std::vector<SpanHead> heads;
  Result<void> readable;
  TRY_VOID(
      connection.query(kHeads, {first_span_id(key), first_span_id(key + 1)}, [&](const Row& row) {
        auto head = decode_head(row.blob(0));
        if (head)
          heads.push_back(*head);
        else
          readable = fail(std::move(head).error());
        return readable.has_value();
      }));
  TRY_VOID(readable);
  return heads;
}

// Where the page starts in `order`: after the span that the cursor names, wherever later spans have
// moved it. -1 for the root, which stands first whatever its start.
struct Place {
  int64_t rank = 0;
  int64_t number = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

class Pages {
 public:
  Pages(std::vector<SpanHead> heads, const DetailQuery& query)
      : heads_(std::move(heads)), order_(display_order(heads_)), query_(query) {}

  Place place_of(size_t at) const {
    const size_t number = order_[at];
    const bool root_first = at == 0 && heads_[number].is_root();
    return {root_first ? INT64_MIN : heads_[number].start_us, static_cast<int64_t>(number)};
  }
  std::string fingerprint() const { return query_.trace_id.hex(); }

  Result<size_t> start() const {
    if (query_.cursor.empty()) return size_t{0};
    TRY(const Cursor cursor, decode_cursor(query_.cursor, fingerprint()));
    const Place last{cursor.value, cursor.key};
    size_t at = 0;
    while (at < order_.size() && place_of(at) <= last) ++at;
    return at;
  }
  std::string cursor_after(size_t at) const {
    const Place place = place_of(at);
    return encode_cursor({place.rank, place.number}, fingerprint());
  }
  size_t size() const { return order_.size(); }
  size_t number(size_t at) const { return order_[at]; }
  const std::vector<SpanHead>& heads() const { return heads_; }

 private:
  std::vector<SpanHead> heads_;
  std::vector<size_t> order_;
  const DetailQuery& query_;
};

Result<void> render_span(store::Connection& connection, int64_t id, bool counted,
                         json::Writer& json) {
  Result<void> rendered;
  TRY_VOID(connection.query(kSpan, {id}, [&](const Row& row) {
    auto span = decode_span(row.blob(0), row.blob(1));
    if (span)
      write_span(json, *span, counted ? Counted::Yes : Counted::No);
    else
      rendered = fail(std::move(span).error());
    return false;
  }));
  return rendered;
}

}  // namespace

Result<std::optional<TraceDetail>> read_trace(store::Connection& connection, const TraceIds& ids,
                                              const DetailQuery& query) {
  if (query.limit < 0 || query.limit > limits::kMaxSpans) {
    return fail(Code::InvalidArgument,
                fmt::format("limit is {}; expected 1 to {}, or 0 for all spans.", query.limit,
                            limits::kMaxSpans),
                "", "limit");
  }
  TRY(std::optional<StoredSummary> stored, find_summary(connection, ids, query));
  if (!stored) return std::nullopt;
  TRY(std::vector<SpanHead> heads, read_heads(connection, stored->key));
  const Pages pages(std::move(heads), query);
  const Counting counting = count_spans(pages.heads());
  TRY(const size_t start, pages.start());
  const size_t end = query.limit == 0
                         ? pages.size()
                         : std::min(pages.size(), start + static_cast<size_t>(query.limit));
  TraceDetail detail{std::move(stored->summary), {}, {}};
  json::Writer json(detail.spans);
  size_t at = start;
  for (; at < end && detail.spans.size() < limits::kMaxAnswerBytes; ++at) {
    const size_t number = pages.number(at);
    TRY_VOID(render_span(connection, first_span_id(stored->key) + static_cast<int64_t>(number),
                         counting.usage[number], json));
  }
  if (at < pages.size()) detail.next_cursor = pages.cursor_after(at - 1);
  return detail;
}

}  // namespace tandem::trace
