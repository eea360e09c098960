#include "cost/ledger_output.h"

#include <fmt/format.h>

#include "cost/csv.h"
#include "cost/ledger_columns.h"
#include "cost/ledger_fields.h"

namespace tandem::cost {
namespace {

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

void append_csv_row(CsvWriter& csv, const store::Row& row) {
  static const int kStarted = ledger_column_index("started_us");
  static const int kEnded = ledger_column_index("ended_us");
  csv.text(fmt::format("{}/{}", row.text(0), row.integer(1)));
  int index = 0;
  for (const LedgerColumn& column : ledger_columns()) {
    if (column.kind == ColumnKind::Text) csv.text(row.text(index));
    if (column.kind == ColumnKind::Integer || column.kind == ColumnKind::Summed) {
      csv.integer(row.integer(index));
    }
    if (column.kind == ColumnKind::Boolean) csv.text(row.integer(index) != 0 ? "true" : "false");
    ++index;
  }
  csv.text(to_rfc3339(row.integer(kStarted))).text(to_rfc3339(row.integer(kEnded)));
}

void append_csv_group(CsvWriter& csv, const LedgerQuery& query, const store::Row& row) {
  int index = 0;
  for (std::string_view name : query.group_by) {
    const GroupType type = find_group_field(name)->type;
    csv.text(type == GroupType::Text ? row.str(index) : period_text(type, row.integer(index)));
    ++index;
  }
  csv.integer(row.integer(index++));
  for (const LedgerColumn& column : ledger_columns()) {
    if (column.kind == ColumnKind::Summed) csv.integer(row.integer(index++));
  }
}

}  // namespace

void write_item(json::Writer& json, const LedgerQuery& query, const store::Row& row) {
  query.group_by.empty() ? write_row(json, row) : write_group(json, query, row);
}

void append_csv_item(std::string& out, const LedgerQuery& query, const store::Row& row) {
  CsvWriter csv(out);
  query.group_by.empty() ? append_csv_row(csv, row) : append_csv_group(csv, query, row);
  csv.end_row();
}

std::string csv_head(const LedgerQuery& query) {
  std::string out;
  CsvWriter csv(out);
  const bool rows = query.group_by.empty();
  if (rows) csv.text("id");
  for (std::string_view name : query.group_by) csv.text(name);
  if (!rows) csv.text("calls");
  for (const LedgerColumn& column : ledger_columns()) {
    const bool shown = rows ? column.kind != ColumnKind::Hidden : column.kind == ColumnKind::Summed;
    if (shown) csv.text(column.name);
  }
  if (rows) csv.text("created_at").text("updated_at");
  csv.end_row();
  return out;
}

}  // namespace tandem::cost
