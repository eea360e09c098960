// Rows and sums of the ledger as text: items of a JSON list, lines of JSON, or CSV. Pure.
#pragma once

#include <string>

#include "base/json/writer.h"
#include "cost/ledger_query.h"
#include "store/db.h"

namespace tandem::cost {

// `row` as ledger_sql() selects it: a row of the ledger, or a group where the query groups.
void write_item(json::Writer& json, const LedgerQuery& query, const store::Row& row);
void append_csv_item(std::string& out, const LedgerQuery& query, const store::Row& row);

// The first line of the CSV.
std::string csv_head(const LedgerQuery& query);

}  // namespace tandem::cost
