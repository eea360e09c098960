#include "cost/ledger_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json/writer.h"
#include "base/time/calendar.h"
#include "cost/ledger_columns.h"
#include "cost/ledger_fields.h"
#include "cost/ledger_hours.h"
#include "cost/ledger_names.h"
#include "cost/ledger_output.h"

namespace tandem::cost {
namespace {

// Times are positive, so integer division cuts down in both dialects.
constexpr GroupField kGroupFields[] = {
    {"project", "project", "project"},
    {"key_id", "key_id", "key_id"},
    {"user_id", "user_id", "user_id"},
    {"team_id", "team_id", "team_id"},
    {"endpoint", "endpoint", "endpoint"},
    {"provider", "provider", "provider"},
    {"target", "target", "target"},
    {"model", "model", "model"},
    {"kind", "kind", "kind"},
    {"state", "state", "state"},
    {"cost_source", "cost_source", "cost_source"},
    {"reason", "reason", ""},
    {"energy_source", "energy_source", ""},
    {"price_id", "price_id", ""},
    {"tier", "tier", ""},
    {"trace_id", "trace_id", ""},
    {"hour", "(id >> 10) / 3600000000", "hour", GroupType::Hour},
    {"day", "(id >> 10) / 86400000000", "hour / 24", GroupType::Day},
    {"month", "month", "month", GroupType::Month},
};

// With more sets of names than that, rows are read in their order.
constexpr int64_t kFewNames = 256;
constexpr int64_t kHourUs = 3'600'000'000;
enum class Table : uint8_t { Rows, Hours };

int64_t to_integer(const std::string& text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

// Hourly sums answer what does not look inside of an hour: a fraction of the rows to read.
bool answered_by_hours(const LedgerQuery& query) {
  const auto kept = [](std::string_view column) {
    return std::find(kHourTexts.begin(), kHourTexts.end(), column) != kHourTexts.end();
  };
  const auto whole = [](const std::optional<WallUs>& time) {
    return !time || *time % kHourUs == 0;
  };
  return whole(query.from_us) && whole(query.to_us) &&
         std::all_of(query.equals.begin(), query.equals.end(),
                     [&](const auto& each) { return kept(each.column); }) &&
         std::all_of(query.group_by.begin(), query.group_by.end(), [](std::string_view name) {
           return !find_group_field(name)->hour_sql.empty();
         });
}

void add_equals(const LedgerQuery& query, std::vector<std::string>& conditions, LedgerSql& out) {
  for (const LedgerQuery::Equals& each : query.equals) {
    conditions.push_back(fmt::format("{} = ?", each.column));
    out.params.emplace_back(std::string_view(each.value));
  }
}

// From and to, as bounds of `column`, to which `bound` turns a time.
template <class F>
void add_times(const LedgerQuery& query, std::string_view column, F bound,
               std::vector<std::string>& conditions, LedgerSql& out) {
  if (query.from_us) {
    conditions.push_back(fmt::format("{} >= ?", column));
    out.params.emplace_back(bound(*query.from_us));
  }
  if (query.to_us) {
    conditions.push_back(fmt::format("{} < ?", column));
    out.params.emplace_back(bound(*query.to_us));
  }
}

int64_t hour_of(WallUs time_us) {
  return time_us / kHourUs;
}

// "(a, b) > (?, ?)": where the page before ended. Group expressions cannot be compared before they
// are grouped by name, so this stands in WHERE for both: a group's fields are functions of a row.
void add_after(const LedgerQuery& query, std::span<const std::string> keys,
               std::span<const bool> is_text, std::vector<std::string>& conditions,
               LedgerSql& out) {
  if (query.after.empty()) return;
  const std::string_view comparison = query.sort_order() == SortOrder::Descending ? "<" : ">";
  const std::vector<std::string> marks(keys.size(), "?");
  conditions.push_back(
      fmt::format("({}) {} ({})", fmt::join(keys, ", "), comparison, join(marks, ", ")));
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string& value = query.after[i];
    if (is_text[i]) {
      out.params.emplace_back(std::string_view(value));
    } else {
      out.params.emplace_back(to_integer(value));
    }
  }
}

std::string order_by(std::span<const std::string> keys, SortOrder order) {
  const std::string_view direction = order == SortOrder::Descending ? " DESC" : "";
  std::vector<std::string> parts;
  for (const std::string& key : keys) parts.push_back(fmt::format("{}{}", key, direction));
  return join(parts, ", ");
}

void finish(const LedgerQuery& query, const std::vector<std::string>& conditions,
            std::string_view group_by, std::string_view order, LedgerSql& out) {
  if (!conditions.empty()) out.sql += " WHERE " + join(conditions, " AND ");
  if (!group_by.empty()) out.sql += fmt::format(" GROUP BY {}", group_by);
  out.sql += fmt::format(" ORDER BY {} LIMIT ?", order);
  // One more than asked for says whether there is a next page.
  out.params.emplace_back(static_cast<int64_t>(query.limit + 1));
}

// The rows that fit by their place in the table: times, and where the page before ended.
void add_ids(const LedgerQuery& query, std::string_view id, std::vector<std::string>& conditions,
             LedgerSql& out) {
  add_times(query, id, first_row_id, conditions, out);
  if (query.after.empty()) return;
  const bool descending = query.sort_order() == SortOrder::Descending;
  conditions.push_back(fmt::format("{} {} ?", id, descending ? "<" : ">"));
  out.params.emplace_back(to_integer(query.after[0]));
}

std::string_view trace_of(const LedgerQuery& query) {
  for (const LedgerQuery::Equals& each : query.equals) {
    if (each.column == "trace_id") return each.value;
  }
  return {};
}

void add_places(const LedgerQuery& query, std::span<const RowIdRange> places,
                std::vector<std::string>& conditions, LedgerSql& out) {
  if (places.empty()) return;
  std::vector<std::string> parts;
  for (const RowIdRange& place : places) {
    parts.emplace_back("SELECT id FROM ledger_rows WHERE id >= ? AND id <= ? AND trace_id = ?");
    out.params.emplace_back(place.first);
    out.params.emplace_back(place.last);
    out.params.emplace_back(trace_of(query));
  }
  conditions.push_back(fmt::format("id IN ({})", join(parts, " UNION ALL ")));
}

bool is_name(std::string_view column) {
  return std::find(kNameTexts.begin(), kNameTexts.end(), column) != kNameTexts.end();
}

// Whether names are all that rows are filtered by, besides the time.
bool filters_by_names(const LedgerQuery& query) {
  return !query.equals.empty() &&
         std::all_of(query.equals.begin(), query.equals.end(),
                     [](const auto& each) { return is_name(each.column); });
}

// Sets of names know their month: those of other times are passed over.
void add_months(const LedgerQuery& query, std::vector<std::string>& conditions, LedgerSql& out) {
  if (query.from_us) {
    conditions.emplace_back("month >= ?");
    out.params.emplace_back(month_number(*query.from_us));
  }
  if (query.to_us) {
    conditions.emplace_back("month <= ?");
    out.params.emplace_back(month_number(*query.to_us));
  }
}

// CROSS JOIN is how SQLite is told which table comes first.
std::string rows_in_order(store::Dialect dialect) {
  return fmt::format("ledger_rows r {} ledger_names n ON n.no = r.names_no",
                     dialect == store::Dialect::Sqlite ? "CROSS JOIN" : "JOIN");
}

// The first rows of each set of names, as many as the page may need.
std::string rows_by_names(const LedgerQuery& query, store::Dialect dialect, LedgerSql& out) {
  std::vector<std::string> conditions = {"x.names_no = n.no"};
  add_ids(query, "x.id", conditions, out);
  out.params.emplace_back(static_cast<int64_t>(query.limit + 1));
  const bool sqlite = dialect == store::Dialect::Sqlite;
  const std::string first = fmt::format(
      "SELECT {} FROM ledger_rows x WHERE {} ORDER BY x.id{} LIMIT ?", sqlite ? "x.id" : "*",
      join(conditions, " AND "), query.sort_order() == SortOrder::Descending ? " DESC" : "");
  // SQLite has no LATERAL.
  return sqlite ? fmt::format("ledger_names n CROSS JOIN ledger_rows r ON r.id IN ({})", first)
                : fmt::format("ledger_names n CROSS JOIN LATERAL ({}) r", first);
}

LedgerSql rows_sql(const LedgerQuery& query, store::Dialect dialect, RowPlan plan,
                   std::span<const RowIdRange> places) {
  LedgerSql out;
  std::vector<std::string_view> columns;
  for (const LedgerColumn& column : ledger_columns()) columns.push_back(column.sql);
  const bool by_names = plan == RowPlan::ByNames && filters_by_names(query);
  const std::string tables = by_names ? rows_by_names(query, dialect, out) : rows_in_order(dialect);
  // The id is the last column: the cursor keeps it.
  out.sql = fmt::format("SELECT {}, id FROM {}", fmt::join(columns, ", "), tables);
  std::vector<std::string> conditions;
  add_equals(query, conditions, out);
  if (by_names) {
    add_months(query, conditions, out);
  } else {
    add_ids(query, "id", conditions, out);
    add_places(query, places, conditions, out);
  }
  const std::string id[] = {"id"};
  finish(query, conditions, {}, order_by(id, query.sort_order()), out);
  return out;
}

LedgerSql groups_sql(const LedgerQuery& query, std::span<const RowIdRange> places) {
  LedgerSql out;
  const Table table = answered_by_hours(query) ? Table::Hours : Table::Rows;
  std::vector<std::string> keys;
  bool is_text[kMaxGroupFields] = {};
  for (std::string_view name : query.group_by) {
    const GroupField* field = find_group_field(name);
    is_text[keys.size()] = field->type == GroupType::Text;
    keys.emplace_back(table == Table::Hours ? field->hour_sql : field->sql);
  }
  std::vector<std::string> columns = keys;
  columns.emplace_back(table == Table::Hours ? "CAST(SUM(calls) AS BIGINT)" : "COUNT(*)");
  for (const LedgerColumn& column : ledger_columns()) {
    if (column.kind != ColumnKind::Summed) continue;
    // PostgreSQL sums BIGINT as NUMERIC.
    columns.push_back(fmt::format("CAST(SUM({}) AS BIGINT)", column.name));
  }
  out.sql =
      fmt::format("SELECT {} FROM {}", join(columns, ", "),
                  table == Table::Hours ? "ledger_hours"
                                        : "ledger_rows r JOIN ledger_names n ON n.no = r.names_no");
  std::vector<std::string> conditions;
  add_equals(query, conditions, out);
  if (table == Table::Hours) {
    add_times(query, "hour", hour_of, conditions, out);
  } else {
    add_times(query, "id", first_row_id, conditions, out);
    add_places(query, places, conditions, out);
  }
  add_after(query, keys, is_text, conditions, out);
  finish(query, conditions, join(keys, ", "), order_by(keys, query.sort_order()), out);
  return out;
}

// What the cursor keeps of the last item of a page.
std::vector<std::string> sort_key(const LedgerQuery& query, const store::Row& row) {
  std::vector<std::string> key;
  if (query.group_by.empty()) {
    static const int kRequest = ledger_column_index("request_id");
    static const int kAttempt = ledger_column_index("attempt");
    return {row.str(kLedgerColumnCount), row.str(kRequest), row.str(kAttempt)};
  }
  for (int i = 0; i < static_cast<int>(query.group_by.size()); ++i) key.push_back(row.str(i));
  return key;
}

}  // namespace

std::span<const std::string_view> ledger_group_fields() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const GroupField& field : kGroupFields) names.push_back(field.name);
    return names;
  }();
  return kNames;
}

const GroupField* find_group_field(std::string_view name) {
  if (name == "key") name = "key_id";
  if (name == "user") name = "user_id";
  if (name == "team") name = "team_id";
  const auto* found = std::find_if(std::begin(kGroupFields), std::end(kGroupFields),
                                   [&](const GroupField& each) { return each.name == name; });
  return found == std::end(kGroupFields) ? nullptr : found;
}

std::string period_text(GroupType type, int64_t number) {
  if (type == GroupType::Month) return month_text(number);
  const WallUs start = type == GroupType::Day ? number * time::kDayUs : number * 3'600'000'000;
  const std::string full = to_rfc3339(start);
  return type == GroupType::Day ? full.substr(0, 10) : full.substr(0, 19) + "Z";
}

LedgerSql ledger_sql(const LedgerQuery& query, store::Dialect dialect, RowPlan plan,
                     std::span<const RowIdRange> places) {
  return query.group_by.empty() ? rows_sql(query, dialect, plan, places)
                                : groups_sql(query, places);
}

namespace {

// Where to look for the trace that is asked for; nullopt: it is not there.
Result<std::optional<std::vector<RowIdRange>>> choose_places(store::Connection& connection,
                                                             const LedgerQuery& query) {
  using Places = std::vector<RowIdRange>;
  const std::string_view text = trace_of(query);
  if (text.empty() || connection.dialect() != store::Dialect::Sqlite) return Places();
  const auto trace_id = TraceId::parse(text);
  if (!trace_id) return std::nullopt;
  RowIdRange bounds;
  if (query.from_us) bounds.first = first_row_id(*query.from_us);
  if (query.to_us) bounds.last = first_row_id(*query.to_us);
  TRY(Places places, find_trace(connection, *trace_id, bounds));
  if (places.empty()) return std::nullopt;
  return places;
}

Result<RowPlan> choose_plan(store::Connection& connection, const LedgerQuery& query) {
  if (!query.group_by.empty() || !filters_by_names(query)) return RowPlan::InOrder;
  LedgerSql sets;
  std::vector<std::string> conditions;
  add_equals(query, conditions, sets);
  add_months(query, conditions, sets);
  sets.sql = fmt::format("SELECT COUNT(*) FROM (SELECT no FROM ledger_names WHERE {} LIMIT {}) few",
                         join(conditions, " AND "), kFewNames + 1);
  int64_t count = 0;
  TRY_VOID(connection.query(store::Statement{"ledger_names_count", sets.sql}, sets.params,
                            [&count](const store::Row& row) {
                              count = row.integer(0);
                              return false;
                            }));
  return count > kFewNames ? RowPlan::InOrder : RowPlan::ByNames;
}

}  // namespace

Result<LedgerPage> read_ledger_page(store::Connection& connection, const LedgerQuery& query) {
  LedgerPage page;
  TRY(const RowPlan plan, choose_plan(connection, query));
  TRY(const auto places, choose_places(connection, query));
  if (!places) return page;
  const LedgerSql sql = ledger_sql(query, connection.dialect(), plan, *places);
  json::Writer json(page.items);
  if (query.format == LedgerFormat::Json) json.array();
  std::vector<std::string> last;
  const auto each = [&](const store::Row& row) {
    if (page.count == query.limit) {
      page.next = last;
      return false;
    }
    ++page.count;
    if (query.format == LedgerFormat::Json) write_item(json, query, row);
    if (query.format == LedgerFormat::Csv) append_csv_item(page.items, query, row);
    if (query.format == LedgerFormat::JsonLines) {
      json::Writer line(page.items);
      write_item(line, query, row);
      page.items += '\n';
    }
    if (page.count == query.limit) last = sort_key(query, row);
    return true;
  };
  TRY_VOID(connection.query(
      store::Statement{query.group_by.empty() ? "ledger_rows" : "ledger_groups", sql.sql},
      sql.params, each));
  if (query.format == LedgerFormat::Json) json.end_array();
  return page;
}

Result<std::string> read_ledger_json(store::Connection& connection, const LedgerQuery& query) {
  TRY(const LedgerPage page, read_ledger_page(connection, query));
  std::string out;
  json::Writer json(out);
  json.object().key("data").raw(page.items.empty() ? std::string_view("[]") : page.items);
  json.key("next_cursor").string_or_null(page.next.empty() ? "" : encode_cursor(page.next));
  json.end_object();
  return out;
}

}  // namespace tandem::cost
