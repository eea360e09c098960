// The monthly statement: what each project, team, key … owes for one month, for the people who pass
// the costs on. Every amount is an integer sum of ledger rows; rounding and another currency are
// for the eye only. Pure, but for read_statement(), which runs in a transaction of the caller's.
//   TRY(StatementQuery query, parse_statement_query(parameters));
//   TRY(Statement statement, read_statement(connection, query));
//   statement_html(statement, now);
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cost/ledger_query.h"
#include "cost/money.h"
#include "store/db.h"

namespace tandem::cost {

enum class StatementFormat : uint8_t { Json, Csv, Html };

struct StatementQuery {
  std::string month;  // "2026-11"
  WallUs from_us = 0;
  WallUs to_us = 0;
  std::vector<std::string_view> group_by;  // names of group fields
  std::vector<LedgerQuery::Equals> equals;
  StatementFormat format = StatementFormat::Json;
  std::string currency = "USD";         // of the shown amounts
  int64_t rate_millionths = 1'000'000;  // what a US dollar is in it
};

// Month (required), group_by (project where it is absent; up to four fields, none of time), the
// filters of the ledger, format, currency and rate.
Result<StatementQuery> parse_statement_query(std::span<const QueryParameter> parameters);

struct StatementLine {
  std::vector<std::string> keys;  // of group_by
  int64_t calls = 0;              // that were paid for
  int64_t released = 0;           // attempts that were not
  int64_t estimated = 0;          // of the calls: without a report of usage
  int64_t unpriced = 0;           // of the calls: of models without a price, booked at 0
  int64_t input_tokens = 0;
  int64_t cached_input_tokens = 0;
  int64_t output_tokens = 0;
  int64_t energy_mj = 0;
  int64_t co2e_ug = 0;
  NanoUsd estimated_nano_usd = 0;  // of the cost: of calls without a report
  NanoUsd cost_nano_usd = 0;

  void add(const StatementLine& other);
};

struct Statement {
  StatementQuery query;
  std::vector<StatementLine> lines;
  StatementLine total;
};

Result<Statement> read_statement(store::Connection& connection, const StatementQuery& query);

std::string statement_json(const Statement& statement, WallUs now_us);
std::string statement_csv(const Statement& statement);
std::string statement_html(const Statement& statement, WallUs now_us);

// An amount in the currency, with two digits after the point, half to even: for the eye only.
std::string shown_amount(NanoUsd amount, int64_t rate_millionths);
// Exact: "0.000123400" US dollars, nine digits.
std::string exact_usd(NanoUsd amount);

}  // namespace tandem::cost
