#include "trace/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text/encode.h"
#include "trace/cursor.h"
#include "trace/filter_sql.h"
#include "trace/rows.h"
#include "trace/text_search.h"

namespace tandem::trace {
namespace {

using store::Param;
using store::Row;
using store::Statement;

struct OrderRow {
  std::string_view name;
  std::string_view column;
  int64_t TraceSummary::*value;
};
constexpr std::array<OrderRow, 6> kOrders{{
    {"start_us", "start_us", &TraceSummary::start_us},
    {"duration_ms", "duration_us", &TraceSummary::duration_us},
    {"cost_nano_usd", "cost_nano_usd", &TraceSummary::cost_nano_usd},
    {"input_tokens", "input_tokens", &TraceSummary::input_tokens},
    {"output_tokens", "output_tokens", &TraceSummary::output_tokens},
    {"error_count", "error_count", &TraceSummary::error_count},
}};

const OrderRow& row_of(OrderField field) {
  return kOrders[static_cast<size_t>(field)];
}

// One page while it is gathered: from each project what may be on it, then sorted and cut.
class ListJob {
 public:
  ListJob(store::Connection& connection, const ListQuery& query)
      : connection_(connection),
        query_(query),
        order_(row_of(query.order.field)),
        descending_(query.order.direction == Direction::Descending),
        where_(to_sql(query.filter)) {}

  Result<TraceList> run() {
    if (!query_.cursor.empty()) {
      TRY(after_, decode_cursor(query_.cursor, fingerprint()));
    }
    TRY(projects_, projects_in(connection_, query_.scope));
    if (where_.texts.empty()) {
      for (const NumberedProject& project : projects_) TRY_VOID(collect_page(project.no));
      if (query_.count == Count::Yes) TRY_VOID(count_all());
    } else {
      TRY_VOID(collect_text());
    }
    return finish();
  }

 private:
  std::string fingerprint() const {
    return fmt::format("{}\n{}{}\n{}{}", query_.filter_text, order_.name, descending_ ? "-" : "+",
                       query_.scope.project().view(), query_.scope.is_every() ? "*" : "");
  }

  std::string where(std::string_view first) const {
    std::string sql(first);
    if (!where_.sql.empty()) sql.append(" AND ").append(where_.sql);
    return sql;
  }
  std::string order_by() const {
    const std::string_view direction = descending_ ? " DESC" : " ASC";
    return fmt::format(" ORDER BY {}{}, key{}", order_.column, direction, direction);
  }
  std::string select(std::string_view condition) const {
    return fmt::format("SELECT {} FROM traces WHERE {}", summary_columns(), condition);
  }
  std::vector<Param> params(int64_t first) const {
    std::vector<Param> all{first};
    for (Param& param : as_params(where_.params)) all.push_back(param);
    return all;
  }

  bool before(const StoredSummary& a, const StoredSummary& b) const {
    const auto place = [this](const StoredSummary& stored) {
      return std::pair(stored.summary.*order_.value, stored.key);
    };
    return descending_ ? place(a) > place(b) : place(a) < place(b);
  }
  bool past_cursor(const StoredSummary& stored) const {
    if (!after_) return true;
    const std::pair place(stored.summary.*order_.value, stored.key);
    const std::pair last(after_->value, after_->key);
    return descending_ ? place < last : place > last;
  }
  size_t wanted() const { return static_cast<size_t>(query_.limit) + 1; }

  Result<void> collect_page(int64_t project_no) {
    std::string condition = where("project_no = ?");
    std::vector<Param> all = params(project_no);
    if (after_) {
      condition += fmt::format(" AND ({}, key) {} (?, ?)", order_.column, descending_ ? '<' : '>');
      all.push_back(after_->value);
      all.push_back(after_->key);
    }
    all.push_back(static_cast<int64_t>(wanted()));
    const std::string sql = select(condition) + order_by() + " LIMIT ?";
    return connection_.query({"traces.list", sql}, all, [this](const Row& row) {
      found_.push_back(summary_of(row));
      return true;
    });
  }

  Result<void> count_all() {
    const std::string sql = "SELECT COUNT(*), COALESCE(SUM(span_count), 0) FROM traces WHERE " +
                            where("project_no = ?");
    for (const NumberedProject& project : projects_) {
      TRY_VOID(connection_.query({"traces.count", sql}, params(project.no), [this](const Row& row) {
        total_traces_ += row.integer(0);
        total_spans_ += row.integer(1);
        return true;
      }));
    }
    return {};
  }

  Result<void> collect_text() {
    std::vector<int64_t> numbers;
    for (const NumberedProject& project : projects_) numbers.push_back(project.no);
    TRY(TextSearch search, TextSearch::start(connection_, where_.texts, numbers));
    const auto& candidates = search.candidates();
    if (candidates && candidates->size() <= query_.few_candidates) return look_up(search, numbers);
    for (const int64_t project_no : numbers) TRY_VOID(walk(search, project_no));
    return {};
  }

  Result<void> look_up(TextSearch& search, const std::vector<int64_t>& project_nos) {
    const std::string sql =
        select(where(fmt::format("key = ? AND project_no IN ({})", fmt::join(project_nos, ","))));
    for (const int64_t key : *search.candidates()) {
      std::optional<StoredSummary> stored;
      TRY_VOID(connection_.query({"traces.list_key", sql}, params(key), [&](const Row& row) {
        stored = summary_of(row);
        return false;
      }));
      if (!stored) continue;
      TRY(const bool matches, search.matches(key));
      if (matches) take(std::move(*stored));
    }
    return {};
  }

  // In the order of the list, until the page is full; to the end where everything is counted.
  Result<void> walk(TextSearch& search, int64_t project_no) {
    const std::string sql = select(where("project_no = ?")) + order_by();
    Result<void> searched;
    size_t taken = 0;
    TRY_VOID(connection_.query({"traces.walk", sql}, params(project_no), [&](const Row& row) {
      if (!search.may_match(row.integer(0))) return true;
      StoredSummary stored = summary_of(row);
      if (query_.count == Count::No && !past_cursor(stored)) return true;
      const Result<bool> matches = search.matches(stored.key);
      if (!matches) {
        searched = fail(matches.error());
        return false;
      }
      if (*matches && take(std::move(stored))) ++taken;
      return query_.count == Count::Yes || taken < wanted();
    }));
    return searched;
  }

  // Counts a match, and keeps it where it is past the cursor.
  bool take(StoredSummary stored) {
    ++total_traces_;
    total_spans_ += stored.summary.span_count;
    if (!past_cursor(stored)) return false;
    found_.push_back(std::move(stored));
    // Only the first page of them can be shown; the rest is not kept.
    if (found_.size() >= wanted() * 4) cut(wanted());
    return true;
  }

  void cut(size_t most) {
    std::sort(found_.begin(), found_.end(),
              [this](const StoredSummary& a, const StoredSummary& b) { return before(a, b); });
    if (found_.size() > most) found_.resize(most);
  }

  TraceList finish() {
    TraceList list;
    cut(wanted());
    const auto limit = static_cast<size_t>(query_.limit);
    if (found_.size() > limit) {
      found_.resize(limit);
      const StoredSummary& last = found_.back();
      list.next_cursor = encode_cursor({last.summary.*order_.value, last.key}, fingerprint());
    }
    for (StoredSummary& stored : found_) {
      const auto project = std::find_if(projects_.begin(), projects_.end(), [&](const auto& known) {
        return known.no == stored.project_no;
      });
      stored.summary.project = project->id;
      list.traces.push_back(std::move(stored.summary));
    }
    if (query_.count == Count::Yes) {
      list.total_traces = total_traces_;
      list.total_spans = total_spans_;
    }
    return list;
  }

  store::Connection& connection_;
  const ListQuery& query_;
  const OrderRow& order_;
  const bool descending_;
  const SqlWhere where_;
  std::optional<Cursor> after_;
  std::vector<NumberedProject> projects_;
  std::vector<StoredSummary> found_;
  int64_t total_traces_ = 0;
  int64_t total_spans_ = 0;
};

}  // namespace

Result<ListOrder> parse_order(std::string_view text) {
  ListOrder order;
  if (text.empty()) return order;
  std::string_view name = text;
  order.direction = Direction::Ascending;
  if (name.starts_with('-')) {
    order.direction = Direction::Descending;
    name.remove_prefix(1);
  }
  if (const size_t space = name.find(' '); space != std::string_view::npos) {
    const std::string direction = text::to_ascii_lower(name.substr(space + 1));
    if (direction == "desc")
      order.direction = Direction::Descending;
    else if (direction != "asc")
      name = {};
    name = name.substr(0, space);
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < kOrders.size(); ++i) {
    names.emplace_back(kOrders[i].name);
    if (kOrders[i].name != name) continue;
    order.field = static_cast<OrderField>(i);
    return order;
  }
  return fail(Code::InvalidArgument, fmt::format("The list cannot be ordered by {}.", text),
              fmt::format("Order by one of {}, with - before it or desc after it to turn it round.",
                          fmt::join(names, ", ")),
              "order");
}

Result<TraceList> list_traces(store::Connection& connection, const ListQuery& query) {
  if (query.limit < 1 || query.limit > limits::kMaxTraces) {
    return fail(Code::InvalidArgument,
                fmt::format("limit is {}; expected 1 to {}.", query.limit, limits::kMaxTraces), "",
                "limit");
  }
  return ListJob(connection, query).run();
}

}  // namespace tandem::trace
