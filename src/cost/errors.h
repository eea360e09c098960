// Every sentence that the cost folder can say to a user: what was wrong with a price, a budget or a
// ledger query, and why a call was refused. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error/error.h"
#include "cost/money.h"

namespace tandem::cost {
struct BudgetRefusal;
}

namespace tandem::cost::errors {

Error not_a_decimal(std::string_view what, std::string_view text);
Error too_many_fraction_digits(std::string_view what, std::string_view text, int digits);
Error decimal_too_large(std::string_view what, std::string_view text, std::string_view max);

Error unknown_price_class(std::string_view name, std::span<const std::string> known);
Error price_given_twice(std::string_view name);
Error empty_price();
Error half_a_long_context();
Error price_ends_before_it_begins(std::string_view entry);
Error prices_overlap(std::string_view first, std::string_view second);
Error price_from_file(std::string_view model);
Error version_conflict(std::string_view what, int64_t expected, int64_t current);
Error foreign_project(std::string_view what);
Error price_not_found(std::string_view model);
Error bad_model_name();

// 429, never retried: names the budget, what is left of it and when it is whole again.
Error budget_exceeded(const BudgetRefusal& refusal);
Error unknown_scope(std::string_view text);
Error unknown_period(std::string_view text);
Error bad_limit(int64_t nano_usd);
Error bad_alert_percent(int64_t percent);
Error too_many_alerts();
Error budget_from_file(std::string_view scope, std::string_view id);
Error budget_not_yours(std::string_view scope, std::string_view id);
Error budget_not_found(std::string_view scope, std::string_view id);

Error record_malformed(std::string_view what);
Error record_version(unsigned version);
Error journal_damaged(const Error& cause);
Error names_contended();
Error row_ids_taken();

Error unknown_parameter(std::string_view name, std::span<const std::string> known);
Error unknown_group_field(std::string_view name, std::span<const std::string> known);
Error too_many_group_fields(size_t max);
Error bad_value(std::string_view name, std::string_view value, std::string_view expected);
Error bad_cursor();
Error too_many_groups(size_t most);

Error bad_webhook_url(std::string_view why);
Error webhook_without_tls();
Error webhook_not_found(std::string_view id);

}  // namespace tandem::cost::errors
