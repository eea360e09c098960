// Reading the ledger: which rows or sums a query asks for, its SQL, and the answer as JSON.
//   GET /api/tandem/v1/ledger?project=default&from=2026-11-01&group_by=model,day&limit=100
//   TRY(LedgerQuery query, parse_ledger_query(parameters));
//   TRY(std::string json, db.read_now([&](auto& c) { return read_ledger_json(c, query); }));
// Sums come from the hourly table where the question fits whole hours, else from the rows.
// Rows are ordered by started_us, groups by their fields; both are paged by keyset, so that page
// 1000 costs as little as page 1. Pure but for read_ledger_json, which runs in a
// transaction of the caller's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cost/ledger_traces.h"
#include "store/db.h"

namespace tandem::cost {

enum class SortOrder : uint8_t { Descending, Ascending };
enum class LedgerFormat : uint8_t { Json, Csv, JsonLines };

struct LedgerQuery {
  // Equality on a text column, by its name in the table.
  struct Equals {
    std::string_view column;
    std::string value;
  };
  std::vector<Equals> equals;
  std::optional<WallUs> from_us;  // started_us >= from
  std::optional<WallUs> to_us;    // started_us < to
  // Names of group fields, see ledger_group_fields(). Empty: rows.
  std::vector<std::string_view> group_by;
  // Absent: rows newest first, groups ascending.
  std::optional<SortOrder> order;
  SortOrder sort_order() const {
    return order.value_or(group_by.empty() ? SortOrder::Descending : SortOrder::Ascending);
  }
  LedgerFormat format = LedgerFormat::Json;
  size_t limit = 50;
  bool limit_given = false;
  // The sort key of the last item of the page before; empty: the first page.
  std::vector<std::string> after;
};

inline constexpr size_t kMaxLedgerLimit = 1000;
inline constexpr size_t kMaxGroupFields = 6;

struct QueryParameter {
  std::string_view name;
  std::string_view value;
};
// Reads project, key_id (or key), user_id, team_id, endpoint, provider, target, model, kind, state,
// cost_source, request_id, trace_id, from, to (microseconds or RFC 3339), filter ("a = "x" and
// b = "y"" over the same names), group_by (names separated by commas), order ("desc" or "asc"),
// limit, cursor. Anything else is an error that names the nearest parameter.
Result<LedgerQuery> parse_ledger_query(std::span<const QueryParameter> parameters);

// Every parameter with what it does, for the API reference.
struct LedgerParameter {
  std::string_view name;
  std::string_view meaning;
};
std::span<const LedgerParameter> ledger_parameters();

// One page in the query's format: a JSON list, lines of JSON, or lines of CSV without the head.
struct LedgerPage {
  std::string items;
  size_t count = 0;
  std::vector<std::string> next;  // LedgerQuery::after of the next page; empty: there is none
};
Result<LedgerPage> read_ledger_page(store::Connection& connection, const LedgerQuery& query);

// {"data":[…],"next_cursor":…}
Result<std::string> read_ledger_json(store::Connection& connection, const LedgerQuery& query);

// How rows are found where a filter by names is all there is.
enum class RowPlan : uint8_t {
  ByNames,  // the newest rows of each set of names; good while there are few sets
  InOrder,  // every row, until the page is full; good where most rows fit
};

// The SQL of a query with its parameters; for tests that look at the plan. `places`: where rows of
// the trace asked for may be, see find_trace(); empty: anywhere.
struct LedgerSql {
  std::string sql;
  std::vector<store::Param> params;  // views into the query
};
LedgerSql ledger_sql(const LedgerQuery& query, store::Dialect dialect = store::Dialect::Sqlite,
                     RowPlan plan = RowPlan::ByNames, std::span<const RowIdRange> places = {});

// The fields that group_by takes.
std::span<const std::string_view> ledger_group_fields();

// A sort key as opaque text for URLs, and back; InvalidArgument for what we did not make.
std::string encode_cursor(std::span<const std::string> key);
Result<std::vector<std::string>> decode_cursor(std::string_view cursor);

}  // namespace tandem::cost
