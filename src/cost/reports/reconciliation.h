// The reconciliation: what providers reported as usage, held against our own counts of the same
// calls, for each target; and the calls that stand out: no report, a report of nothing, a report
// far off. Our counts are estimates where the tokenizer is not here (for text from the real number
// up to twice of it), so ratios are of interest where they differ from those of other targets or
// change. Pure, but for read_reconciliation(), which runs in a transaction of the caller's.
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

struct ReconciliationQuery {
  WallUs from_us = 0;
  WallUs to_us = 0;
  std::vector<LedgerQuery::Equals> equals;
  // A report stands out below and above these percentages of our count …
  int64_t low_percent = 50;
  int64_t high_percent = 200;
  // … where we counted at least so many tokens: short texts say little.
  int64_t least_tokens = 5;
  size_t limit = 50;  // calls that stand out
};
// from (30 days ago where it is absent), to, low, high, least, limit and the filters of the ledger.
Result<ReconciliationQuery> parse_reconciliation_query(std::span<const QueryParameter> parameters,
                                                       WallUs now_us);

// Sums of reported and counted are of calls where both are there. Reasoning is left out of reported
// output: it is billed and never seen.
struct TargetReconciliation {
  std::string target;
  int64_t calls = 0;    // that were paid for
  int64_t missing = 0;  // of them: no report came, settled at our count
  int64_t zero = 0;     // reported as nothing at all, though we counted something
  int64_t low = 0;      // reports far below our count
  int64_t high = 0;     // and far above
  int64_t input_reported = 0, input_counted = 0;
  int64_t output_reported = 0, output_counted = 0;
  NanoUsd missing_nano_usd = 0;  // cost of the calls without a report
  NanoUsd cost_nano_usd = 0;
};

enum class Finding : uint8_t { Missing, Zero, Low, High };
std::string_view finding_name(Finding finding);  // "missing"

struct OddCall {
  std::string request_id, target;
  int64_t attempt = 1;
  WallUs started_us = 0;
  Finding finding = Finding::Missing;
  int64_t input_reported = 0, input_counted = 0;
  int64_t output_reported = 0, output_counted = 0;
  NanoUsd cost_nano_usd = 0;
};

struct Reconciliation {
  ReconciliationQuery query;
  std::vector<TargetReconciliation> targets;
  std::vector<OddCall> odd;  // newest first
};

Result<Reconciliation> read_reconciliation(store::Connection& connection,
                                           const ReconciliationQuery& query);
std::string reconciliation_json(const Reconciliation& reconciliation);

}  // namespace tandem::cost
