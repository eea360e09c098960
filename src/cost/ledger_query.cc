#include "cost/ledger_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json/writer.h"
#include "base/time/calendar.h"
#include "cost/ledger_columns.h"
#include "cost/ledger_fields.h"
#include "cost/ledger_hours.h"

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
    {"trace_id", "trace_id", ""},
    {"hour", "started_us / 3600000000", "hour", GroupType::Hour},
    {"day", "started_us / 86400000000", "hour / 24", GroupType::Day},
    {"month", "month", "month", GroupType::Month},
};

constexpr std::string_view kRowOrder[] = {"started_us", "request_id", "attempt"};

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

void add_conditions(const LedgerQuery& query, Table table, std::vector<std::string>& conditions,
                    LedgerSql& out) {
  const bool hours = table == Table::Hours;
  for (const LedgerQuery::Equals& each : query.equals) {
    conditions.push_back(fmt::format("{} = ?", each.column));
    out.params.emplace_back(std::string_view(each.value));
  }
  if (query.from_us) {
    conditions.emplace_back(hours ? "hour >= ?" : "started_us >= ?");
    out.params.emplace_back(hours ? *query.from_us / kHourUs : *query.from_us);
  }
  if (query.to_us) {
    conditions.emplace_back(hours ? "hour < ?" : "started_us < ?");
    out.params.emplace_back(hours ? *query.to_us / kHourUs : *query.to_us);
  }
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

LedgerSql rows_sql(const LedgerQuery& query) {
  LedgerSql out;
  std::vector<std::string> columns;
  for (const LedgerColumn& column : ledger_columns()) columns.emplace_back(column.name);
  out.sql = fmt::format("SELECT {} FROM ledger", join(columns, ", "));
  std::vector<std::string> conditions;
  add_conditions(query, Table::Rows, conditions, out);
  const std::vector<std::string> keys(std::begin(kRowOrder), std::end(kRowOrder));
  constexpr bool kIsText[] = {false, true, false};
  add_after(query, keys, kIsText, conditions, out);
  finish(query, conditions, {}, order_by(keys, query.sort_order()), out);
  return out;
}

LedgerSql groups_sql(const LedgerQuery& query) {
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
  out.sql = fmt::format("SELECT {} FROM {}", join(columns, ", "),
                        table == Table::Hours ? "ledger_hours" : "ledger");
  std::vector<std::string> conditions;
  add_conditions(query, table, conditions, out);
  add_after(query, keys, is_text, conditions, out);
  finish(query, conditions, join(keys, ", "), order_by(keys, query.sort_order()), out);
  return out;
}

void write_column(json::Writer& json, const LedgerColumn& column, const store::Row& row,
                  int index) {
  switch (column.kind) {
    case ColumnKind::Text:
      json.key(column.name).string_or_null(row.text(index));
      break;
    case ColumnKind::Integer:
    case ColumnKind::Summed:
      json.key(column.name).integer(row.integer(index));
      break;
    case ColumnKind::Boolean:
      json.key(column.name).boolean(row.integer(index) != 0);
      break;
    case ColumnKind::Hidden:
      break;
  }
}

void write_row(json::Writer& json, const store::Row& row) {
  static const int kStarted = ledger_column_index("started_us");
  static const int kEnded = ledger_column_index("ended_us");
  json.object();
  json.key("id").string(fmt::format("{}/{}", row.text(0), row.integer(1)));
  int index = 0;
  for (const LedgerColumn& column : ledger_columns()) write_column(json, column, row, index++);
  json.key("created_at").string(to_rfc3339(row.integer(kStarted)));
  json.key("updated_at").string(to_rfc3339(row.integer(kEnded)));
  json.end_object();
}

void write_group(json::Writer& json, const LedgerQuery& query, const store::Row& row) {
  json.object();
  int index = 0;
  for (std::string_view name : query.group_by) {
    const GroupType type = find_group_field(name)->type;
    json.key(name);
    if (type == GroupType::Text) {
      json.string_or_null(row.text(index));
    } else {
      json.string(period_text(type, row.integer(index)));
    }
    ++index;
  }
  json.key("calls").integer(row.integer(index++));
  for (const LedgerColumn& column : ledger_columns()) {
    if (column.kind == ColumnKind::Summed) json.key(column.name).integer(row.integer(index++));
  }
  json.end_object();
}

// What the cursor keeps of the last item of a page.
std::vector<std::string> sort_key(const LedgerQuery& query, const store::Row& row) {
  std::vector<std::string> key;
  if (query.group_by.empty()) {
    for (std::string_view name : kRowOrder) key.push_back(row.str(ledger_column_index(name)));
    return key;
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

LedgerSql ledger_sql(const LedgerQuery& query) {
  return query.group_by.empty() ? rows_sql(query) : groups_sql(query);
}

Result<std::string> read_ledger_json(store::Connection& connection, const LedgerQuery& query) {
  const LedgerSql sql = ledger_sql(query);
  std::string out;
  json::Writer json(out);
  json.object().key("data").array();
  size_t items = 0;
  std::vector<std::string> last;
  std::string cursor;
  TRY_VOID(connection.query(
      store::Statement{query.group_by.empty() ? "ledger_rows" : "ledger_groups", sql.sql},
      sql.params, [&](const store::Row& row) {
        if (items == query.limit) {
          cursor = encode_cursor(last);
          return false;
        }
        ++items;
        if (query.group_by.empty()) {
          write_row(json, row);
        } else {
          write_group(json, query, row);
        }
        if (items == query.limit) last = sort_key(query, row);
        return true;
      }));
  json.end_array().key("next_cursor").string_or_null(cursor).end_object();
  return out;
}

}  // namespace tandem::cost
