#include "cost/reports/reconciliation.h"

#include <fmt/format.h>

#include <charconv>

#include "base/json/writer.h"
#include "base/time/calendar.h"
#include "cost/errors.h"
#include "cost/ledger_columns.h"

namespace tandem::cost {
namespace {

constexpr int64_t kMostPercent = 100'000;
constexpr int64_t kDefaultDays = 30;

// What was seen of the output can be counted; reasoning cannot.
constexpr std::string_view kVisible = "(output_tokens - reasoning_tokens)";
constexpr std::string_view kReported = "(n.state = 'settled' AND r.usage_reported = 1)";
constexpr std::string_view kZero =
    "(input_tokens = 0 AND output_tokens = 0 AND counted_input_tokens + counted_output_tokens > 0)";

Result<int64_t> read_number(const QueryParameter& parameter, int64_t least, int64_t most) {
  int64_t value = 0;
  const char* end = parameter.value.data() + parameter.value.size();
  const auto read = std::from_chars(parameter.value.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || value < least || value > most) {
    return fail(errors::bad_value(parameter.name, parameter.value,
                                  fmt::format("a number from {} to {}", least, most)));
  }
  return value;
}

// Conditions over a row, with the numbers of the query in them: they are ours and checked.
struct Conditions {
  explicit Conditions(const ReconciliationQuery& query) {
    const auto compare = [&](std::string_view reported, std::string_view counted,
                             std::string_view sign, int64_t percent) {
      return fmt::format("({1} >= {4} AND {0} * 100 {2} {1} * {3})", reported, counted, sign,
                         percent, query.least_tokens);
    };
    const auto either = [&](std::string_view sign, int64_t percent) {
      return fmt::format("({} AND NOT {} AND ({} OR {}))", kReported, kZero,
                         compare("input_tokens", "counted_input_tokens", sign, percent),
                         compare(kVisible, "counted_output_tokens", sign, percent));
    };
    missing = "(n.state = 'estimated')";
    zero = fmt::format("({} AND {})", kReported, kZero);
    low = either("<", query.low_percent);
    high = either(">", query.high_percent);
  }
  std::string missing, zero, low, high;
};

std::string where(const ReconciliationQuery& query, std::vector<store::Param>& params) {
  std::string text = " WHERE r.id >= ? AND r.id < ? AND n.state <> 'released'";
  params.emplace_back(first_row_id(query.from_us));
  params.emplace_back(first_row_id(query.to_us));
  for (const LedgerQuery::Equals& each : query.equals) {
    text += fmt::format(" AND {} = ?", each.column);
    params.emplace_back(std::string_view(each.value));
  }
  return text;
}

constexpr std::string_view kTables = " FROM ledger_rows r JOIN ledger_names n ON n.no = r.names_no";

Result<void> read_targets(store::Connection& connection, Reconciliation& out) {
  const Conditions is(out.query);
  const auto count = [](std::string_view condition) {
    return fmt::format("CAST(SUM(CASE WHEN {} THEN 1 ELSE 0 END) AS BIGINT)", condition);
  };
  const auto sum = [](std::string_view value, std::string_view condition) {
    return fmt::format("CAST(SUM(CASE WHEN {} THEN {} ELSE 0 END) AS BIGINT)", condition, value);
  };
  const std::string input = fmt::format("{} AND counted_input_tokens > 0", kReported);
  const std::string output = fmt::format("{} AND counted_output_tokens > 0", kReported);
  std::vector<store::Param> params;
  const std::string sql = fmt::format(
      "SELECT n.target, COUNT(*), {}, {}, {}, {}, {}, {}, {}, {}, {}, "
      "CAST(SUM(cost_nano_usd) AS BIGINT){}{} GROUP BY n.target ORDER BY n.target",
      count(is.missing), count(is.zero), count(is.low), count(is.high), sum("input_tokens", input),
      sum("counted_input_tokens", input), sum(kVisible, output),
      sum("counted_output_tokens", output), sum("cost_nano_usd", is.missing), kTables,
      where(out.query, params));
  return connection.query(
      store::Statement{"ledger_reconciliation", sql}, params, [&out](const store::Row& row) {
        out.targets.push_back({row.str(0), row.integer(1), row.integer(2), row.integer(3),
                               row.integer(4), row.integer(5), row.integer(6), row.integer(7),
                               row.integer(8), row.integer(9), row.integer(10), row.integer(11)});
        return true;
      });
}

Result<void> read_odd(store::Connection& connection, Reconciliation& out) {
  const Conditions is(out.query);
  std::vector<store::Param> params;
  const std::string sql = fmt::format(
      "SELECT r.request_id, n.target, r.attempt, r.id >> {}, CASE WHEN {} THEN 0 WHEN {} THEN 1 "
      "WHEN {} THEN 2 ELSE 3 END, input_tokens, counted_input_tokens, {}, counted_output_tokens, "
      "cost_nano_usd{}{} AND ({} OR {} OR {} OR {}) ORDER BY r.id DESC LIMIT {}",
      kRowNumberBits, is.missing, is.zero, is.low, kVisible, kTables, where(out.query, params),
      is.missing, is.zero, is.low, is.high, out.query.limit);
  return connection.query(
      store::Statement{"ledger_odd_calls", sql}, params, [&out](const store::Row& row) {
        out.odd.push_back({row.str(0), row.str(1), row.integer(2), row.integer(3),
                           static_cast<Finding>(row.integer(4)), row.integer(5), row.integer(6),
                           row.integer(7), row.integer(8), row.integer(9)});
        return true;
      });
}

// Reported for a hundred counted, to a tenth; null where nothing was counted.
void write_ratio(json::Writer& json, std::string_view name, int64_t reported, int64_t counted) {
  json.key(name);
  if (counted == 0) {
    json.null();
    return;
  }
  json.number(static_cast<double>(reported * 1000 / counted) / 10);
}

}  // namespace

std::string_view finding_name(Finding finding) {
  switch (finding) {
    case Finding::Missing:
      return "missing";
    case Finding::Zero:
      return "zero";
    case Finding::Low:
      return "low";
    case Finding::High:
      return "high";
  }
  return "missing";
}

Result<ReconciliationQuery> parse_reconciliation_query(std::span<const QueryParameter> parameters,
                                                       WallUs now_us) {
  ReconciliationQuery query;
  std::vector<QueryParameter> of_ledger;
  for (const QueryParameter& each : parameters) {
    if (each.value.empty()) continue;
    if (each.name == "low") {
      TRY(query.low_percent, read_number(each, 0, kMostPercent));
    } else if (each.name == "high") {
      TRY(query.high_percent, read_number(each, 100, kMostPercent));
    } else if (each.name == "least") {
      TRY(query.least_tokens, read_number(each, 1, 1'000'000));
    } else if (each.name == "group_by" || each.name == "order" || each.name == "cursor" ||
               each.name == "format") {
      return fail(errors::bad_value(each.name, each.value, "nothing: it is by target"));
    } else {
      of_ledger.push_back(each);
    }
  }
  TRY(const LedgerQuery ledger, parse_ledger_query(of_ledger));
  query.equals = ledger.equals;
  query.limit = ledger.limit;
  query.to_us = ledger.to_us.value_or(now_us + 1);
  query.from_us = ledger.from_us.value_or(query.to_us - kDefaultDays * time::kDayUs);
  return query;
}

Result<Reconciliation> read_reconciliation(store::Connection& connection,
                                           const ReconciliationQuery& query) {
  Reconciliation out;
  out.query = query;
  TRY_VOID(read_targets(connection, out));
  TRY_VOID(read_odd(connection, out));
  return out;
}

std::string reconciliation_json(const Reconciliation& reconciliation) {
  std::string out;
  json::Writer json(out);
  const ReconciliationQuery& query = reconciliation.query;
  json.object().key("from").string(to_rfc3339(query.from_us));
  json.key("to").string(to_rfc3339(query.to_us));
  json.key("low_percent").integer(query.low_percent);
  json.key("high_percent").integer(query.high_percent);
  json.key("data").array();
  for (const TargetReconciliation& each : reconciliation.targets) {
    json.object().key("target").string(each.target).key("calls").integer(each.calls);
    json.key("missing").integer(each.missing).key("zero").integer(each.zero);
    json.key("low").integer(each.low).key("high").integer(each.high);
    json.key("input_reported").integer(each.input_reported);
    json.key("input_counted").integer(each.input_counted);
    write_ratio(json, "input_percent", each.input_reported, each.input_counted);
    json.key("output_reported").integer(each.output_reported);
    json.key("output_counted").integer(each.output_counted);
    write_ratio(json, "output_percent", each.output_reported, each.output_counted);
    json.key("missing_nano_usd").integer(each.missing_nano_usd);
    json.key("cost_nano_usd").integer(each.cost_nano_usd).end_object();
  }
  json.end_array().key("odd_calls").array();
  for (const OddCall& each : reconciliation.odd) {
    json.object().key("request_id").string(each.request_id).key("attempt").integer(each.attempt);
    json.key("target").string(each.target).key("finding").string(finding_name(each.finding));
    json.key("input_reported").integer(each.input_reported);
    json.key("input_counted").integer(each.input_counted);
    json.key("output_reported").integer(each.output_reported);
    json.key("output_counted").integer(each.output_counted);
    json.key("cost_nano_usd").integer(each.cost_nano_usd);
    json.key("created_at").string(to_rfc3339(each.started_us)).end_object();
  }
  json.end_array().key("next_cursor").null().end_object();
  return out;
}

}  // namespace tandem::cost
