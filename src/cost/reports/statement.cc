#include "cost/reports/statement.h"

#include <algorithm>

#include "base/time/calendar.h"
#include "cost/errors.h"
#include "cost/ledger_fields.h"
#include "cost/reports/groups.h"

namespace tandem::cost {
namespace {

constexpr size_t kMaxFields = kMaxGroupFields - 2;  // beside state and cost_source
constexpr int64_t kMaxRate = 1'000'000'000'000;

Result<void> read_month(std::string_view value, StatementQuery& query) {
  const auto start = value.size() == 7 ? time::parse(std::string(value) + "-01") : std::nullopt;
  if (!start) return fail(errors::bad_value("month", value, "a month such as 2026-11"));
  query.month = value;
  query.from_us = *start;
  query.to_us = time::start_of_next_month(*start);
  return {};
}

Result<void> read_format(std::string_view value, StatementQuery& query) {
  if (value == "json") {
    query.format = StatementFormat::Json;
  } else if (value == "csv") {
    query.format = StatementFormat::Csv;
  } else if (value == "html") {
    query.format = StatementFormat::Html;
  } else {
    return fail(errors::bad_value("format", value, "json, csv or html"));
  }
  return {};
}

Result<void> read_currency(std::string_view value, StatementQuery& query) {
  const bool code = value.size() == 3 && std::all_of(value.begin(), value.end(),
                                                     [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!code) return fail(errors::bad_value("currency", value, "a code such as EUR"));
  query.currency = value;
  return {};
}

bool is_of_time(std::string_view field) {
  return find_group_field(field)->type != GroupType::Text;
}

std::string grouped_thousands(__int128 whole) {
  std::string digits = std::to_string(static_cast<int64_t>(whole));
  for (size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

}  // namespace

Result<StatementQuery> parse_statement_query(std::span<const QueryParameter> parameters) {
  StatementQuery query;
  std::vector<QueryParameter> of_ledger;
  bool has_rate = false;
  for (const QueryParameter& each : parameters) {
    if (each.value.empty()) continue;
    if (each.name == "month") {
      TRY_VOID(read_month(each.value, query));
    } else if (each.name == "format") {
      TRY_VOID(read_format(each.value, query));
    } else if (each.name == "currency") {
      TRY_VOID(read_currency(each.value, query));
    } else if (each.name == "rate") {
      TRY(query.rate_millionths, parse_decimal(each.value, 6, kMaxRate, "rate"));
      has_rate = true;
    } else if (each.name == "from" || each.name == "to" || each.name == "order" ||
               each.name == "limit" || each.name == "cursor") {
      return fail(errors::bad_value(each.name, each.value, "nothing: a statement is of a month"));
    } else {
      of_ledger.push_back(each);
    }
  }
  if (query.month.empty()) return fail(errors::bad_value("month", "", "a month such as 2026-11"));
  if ((query.currency != "USD") != has_rate) {
    return fail(
        errors::bad_value("rate", "", "what a US dollar is in `currency`, together with it"));
  }
  TRY(const LedgerQuery ledger, parse_ledger_query(of_ledger));
  query.equals = ledger.equals;
  query.group_by = ledger.group_by;
  if (query.group_by.empty()) query.group_by.push_back("project");
  if (query.group_by.size() > kMaxFields) return fail(errors::too_many_group_fields(kMaxFields));
  for (const std::string_view field : query.group_by) {
    if (is_of_time(field)) return fail(errors::bad_value("group_by", field, "no part of time"));
  }
  return query;
}

void StatementLine::add(const StatementLine& other) {
  calls += other.calls;
  released += other.released;
  estimated += other.estimated;
  unpriced += other.unpriced;
  input_tokens += other.input_tokens;
  cached_input_tokens += other.cached_input_tokens;
  output_tokens += other.output_tokens;
  energy_mj += other.energy_mj;
  co2e_ug += other.co2e_ug;
  estimated_nano_usd += other.estimated_nano_usd;
  cost_nano_usd += other.cost_nano_usd;
}

// How calls ended and where their price came from are asked for as well, and folded into the line.
Result<Statement> read_statement(store::Connection& connection, const StatementQuery& query) {
  LedgerQuery ledger;
  ledger.equals = query.equals;
  ledger.from_us = query.from_us;
  ledger.to_us = query.to_us;
  ledger.group_by = query.group_by;
  const auto place_of = [&](std::string_view field) {
    const auto found = std::find(ledger.group_by.begin(), ledger.group_by.end(), field);
    const auto place = static_cast<size_t>(found - ledger.group_by.begin());
    if (found == ledger.group_by.end()) ledger.group_by.push_back(field);
    return place;
  };
  const size_t state_at = place_of("state");
  const size_t source_at = place_of("cost_source");
  TRY(const auto groups, read_groups(connection, ledger));
  Statement statement;
  statement.query = query;
  for (const LedgerGroup& group : groups) {
    StatementLine part;
    part.keys.assign(group.keys.begin(),
                     group.keys.begin() + static_cast<ptrdiff_t>(query.group_by.size()));
    const bool released = group.keys[state_at] == "released";
    const bool estimated = group.keys[state_at] == "estimated";
    (released ? part.released : part.calls) = group.calls;
    if (estimated) part.estimated = group.calls;
    if (!released && group.keys[source_at] == "unknown") part.unpriced = group.calls;
    part.input_tokens = group.sum("input_tokens");
    part.cached_input_tokens = group.sum("cached_input_tokens");
    part.output_tokens = group.sum("output_tokens");
    part.energy_mj = group.sum("energy_mj");
    part.co2e_ug = group.sum("co2e_ug");
    part.cost_nano_usd = group.sum("cost_nano_usd");
    if (estimated) part.estimated_nano_usd = part.cost_nano_usd;
    statement.total.add(part);
    if (statement.lines.empty() || statement.lines.back().keys != part.keys) {
      statement.lines.push_back(std::move(part));
    } else {
      statement.lines.back().add(part);
    }
  }
  return statement;
}

std::string exact_usd(NanoUsd amount) {
  const std::string digits = std::to_string(amount % 1'000'000'000);
  return std::to_string(amount / 1'000'000'000) + "." + std::string(9 - digits.size(), '0') +
         digits;
}

std::string shown_amount(NanoUsd amount, int64_t rate_millionths) {
  // 10^-9 dollars times 10^-6: hundredths of the currency are 10^13 of these.
  constexpr __int128 kPerCent = 10'000'000'000'000;
  const __int128 exact = __int128{amount} * rate_millionths;
  __int128 cents = exact / kPerCent;
  const __int128 rest = exact % kPerCent;
  if (rest * 2 > kPerCent || (rest * 2 == kPerCent && cents % 2 != 0)) ++cents;
  const std::string fraction = std::to_string(static_cast<int>(cents % 100));
  return grouped_thousands(cents / 100) + "." + (fraction.size() < 2 ? "0" : "") + fraction;
}

}  // namespace tandem::cost
