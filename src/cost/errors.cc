#include "cost/errors.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/encode.h"
#include "cost/budget_types.h"

namespace tandem::cost::errors {
namespace {

// What users sent, cut so that an error stays one readable line.
std::string quoted(std::string_view text) {
  constexpr size_t kMost = 80;
  const bool cut = text.size() > kMost;
  return fmt::format("\"{}{}\"", text.substr(0, kMost), cut ? "…" : "");
}

std::string joined(std::span<const std::string> names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  const std::string_view near = text::nearest(name, known);
  if (!near.empty()) return fmt::format("Did you mean {}?", near);
  return fmt::format("Known are: {}.", joined(known));
}

Error invalid(std::string message, std::string hint = {}, std::string_view param = {}) {
  return Error(Code::InvalidArgument, std::move(message), std::move(hint), std::string(param));
}

// A limit of a minute is a rate: the same call fits a moment later.
Error spends_too_fast(const BudgetRefusal& refusal, const std::string& in_flight) {
  const int64_t wait_us = std::max<int64_t>(1, refusal.resets_us.value_or(0) - refusal.now_us);
  const int64_t wait_s = (wait_us + 999'999) / 1'000'000;
  Error error(Code::RateLimited,
              fmt::format("{} {} may spend {} a minute and has {} left{}; this call may cost {}.",
                          scope_name(refusal.scope), refusal.id, format_usd(refusal.limit_nano_usd),
                          format_usd(refusal.left_nano_usd()), in_flight,
                          format_usd(refusal.asked_nano_usd)),
              fmt::format("Try again in {} s, or ask for fewer tokens.", wait_s));
  if (refusal.asked_nano_usd <= refusal.limit_nano_usd) error.retry_after_s = wait_s;
  return error;
}

}  // namespace

Error not_a_decimal(std::string_view what, std::string_view text) {
  return invalid(
      fmt::format("{} is {}; expected a decimal number such as 0.15.", what, quoted(text)),
      "Write digits with at most one point, without sign, currency or separators.", what);
}

Error too_many_fraction_digits(std::string_view what, std::string_view text, int digits) {
  return invalid(
      fmt::format("{} is {}; at most {} digits may follow the point.", what, quoted(text), digits),
      "Prices are kept exactly, so they are never rounded for you.", what);
}

Error decimal_too_large(std::string_view what, std::string_view text, std::string_view max) {
  return invalid(fmt::format("{} is {}; at most {} is allowed.", what, quoted(text), max), {},
                 what);
}

Error unknown_price_class(std::string_view name, std::span<const std::string> known) {
  return invalid(fmt::format("A price has no field {}.", quoted(name)), did_you_mean(name, known),
                 name);
}

Error price_given_twice(std::string_view name) {
  return invalid(fmt::format("The price gives {} twice.", name), "Keep one of them.", name);
}

Error empty_price() {
  return invalid("The price has no rate.",
                 "Give at least one, such as {\"input\": 0.15, \"output\": 0.60} in US dollars "
                 "per million tokens; 0 is a rate.");
}

Error half_a_long_context() {
  return invalid("long_context needs both `above` (input tokens) and at least one rate.",
                 "For example {\"above\": 200000, \"input\": 2.5, \"output\": 15}.",
                 "long_context");
}

Error price_ends_before_it_begins(std::string_view entry) {
  return invalid(fmt::format("{} ends before it begins.", entry),
                 "effective_until must be after effective_from.", "effective_until");
}

Error prices_overlap(std::string_view first, std::string_view second) {
  return invalid(fmt::format("{} and {} overlap: one time would have two prices.", first, second),
                 "Give them effective_from times that differ, and let each end (effective_until) "
                 "not after the next begins, or leave its end out.",
                 "effective_from");
}

Error price_from_file(std::string_view model) {
  return Error(Code::PermissionDenied,
               fmt::format("The price of {} is declared in the configuration file.", model),
               "Change it there; what the file declares is read-only in the API.");
}

Error version_conflict(std::string_view what, int64_t expected, int64_t current) {
  return Error(Code::VersionConflict,
               fmt::format("{} has version {}, not {} as If-Match says.", what, current, expected),
               "Read it again, then repeat the change.", "if-match");
}

Error foreign_project(std::string_view what) {
  return Error(Code::PermissionDenied,
               fmt::format("This key may not see the {} of another project.", what),
               "Use a key of that project, or the admin key.", "project");
}

Error price_not_found(std::string_view model) {
  return Error(Code::NotFound, fmt::format("No price is set for {}.", quoted(model)),
               "GET /api/tandem/v1/prices lists those that are.");
}

Error bad_model_name() {
  return invalid("The model name of a price must have 1 to 255 bytes of printable UTF-8.",
                 "A name that ends in * stands for every model that starts with it.", "model");
}

Error budget_exceeded(const BudgetRefusal& refusal) {
  const std::string in_flight =
      refusal.reserved_nano_usd > 0
          ? fmt::format(" ({} are held by calls in flight)", format_usd(refusal.reserved_nano_usd))
          : std::string();
  if (refusal.period == Period::Minute) return spends_too_fast(refusal, in_flight);
  const std::string window = refusal.period == Period::Total
                                 ? std::string("total")
                                 : fmt::format("{}'s", period_name(refusal.period));
  const std::string reset =
      refusal.resets_us ? fmt::format("It starts anew at {}. ", to_rfc3339(*refusal.resets_us))
                        : std::string("It never resets. ");
  return Error(
      Code::BudgetExceeded,
      fmt::format("The {} budget of {} {} has {} left of {}{}; this call may cost up to {}.",
                  window, scope_name(refusal.scope), refusal.id,
                  format_usd(refusal.left_nano_usd()), format_usd(refusal.limit_nano_usd),
                  in_flight, format_usd(refusal.asked_nano_usd)),
      reset + fmt::format("Ask for fewer tokens, or have the budget raised "
                          "(PUT /api/tandem/v1/budgets/{}/{}).",
                          scope_name(refusal.scope), refusal.id),
      fmt::format("budgets/{}/{}", scope_name(refusal.scope), refusal.id));
}

Error unknown_scope(std::string_view text) {
  return invalid(fmt::format("{} is not a budget scope.", quoted(text)),
                 "Scopes are organisation, project, team, user, key and endpoint.", "scope");
}

Error unknown_period(std::string_view text) {
  return invalid(fmt::format("{} is not a budget period.", quoted(text)),
                 "Periods are minute, day, month (all in UTC) and total.", "period");
}

Error bad_limit(int64_t nano_usd) {
  return invalid(fmt::format("nano_usd is {}; a budget cannot be negative.", nano_usd),
                 "1000000000 is one US dollar; 0 allows only calls that cost nothing.", "nano_usd");
}

Error bad_alert_percent(int64_t percent) {
  return invalid(
      fmt::format("alerts holds {}; expected percentages from 1 to {}.", percent, kMaxAlertPercent),
      {}, "alerts");
}

Error too_many_alerts() {
  return invalid(fmt::format("alerts has more than {} thresholds.", kMaxAlerts), {}, "alerts");
}

Error budget_from_file(std::string_view scope, std::string_view id) {
  return Error(Code::PermissionDenied,
               fmt::format("The budget of {} {} is declared in the configuration file.", scope, id),
               "Change it there; what the file declares is read-only in the API.");
}

Error budget_not_yours(std::string_view scope, std::string_view id) {
  return Error(Code::PermissionDenied,
               fmt::format("This key may not change the budget of {} {}.", scope, quoted(id)),
               "Use the admin key.");
}

Error budget_not_found(std::string_view scope, std::string_view id) {
  return Error(Code::NotFound, fmt::format("No budget is set for {} {}.", scope, quoted(id)),
               "GET /api/tandem/v1/budgets lists those that are.");
}

Error record_malformed(std::string_view what) {
  return Error(Code::StorageFailed,
               fmt::format("A cost record of the journal is malformed: {}.", what));
}

Error record_version(unsigned version) {
  return Error(
      Code::StorageFailed,
      fmt::format("A cost record of the journal has version {}, which is unknown.", version),
      "It was written by a newer Tandem; start that one.");
}

Error journal_damaged(const Error& cause) {
  return Error(Code::StorageFailed,
               "The ledger cannot go on past damage in the journal: " + cause.message,
               "Restore the file from a backup, or start with the option that skips the damaged "
               "segment: its calls will be missing in the ledger.");
}

Error names_contended() {
  return Error(Code::StorageFailed, "Other servers kept adding names to the ledger first.",
               "It is tried again.");
}

Error row_ids_taken() {
  return Error(Code::StorageFailed, "Too many calls of one microsecond wait for the ledger.",
               "It is tried again.");
}

Error unknown_parameter(std::string_view name, std::span<const std::string> known) {
  return invalid(fmt::format("The ledger has no query parameter {}.", quoted(name)),
                 did_you_mean(name, known), name);
}

Error unknown_group_field(std::string_view name, std::span<const std::string> known) {
  return invalid(fmt::format("The ledger cannot be grouped by {}.", quoted(name)),
                 did_you_mean(name, known), "group_by");
}

Error too_many_group_fields(size_t max) {
  return invalid(fmt::format("group_by has more than {} fields.", max), {}, "group_by");
}

Error bad_value(std::string_view name, std::string_view value, std::string_view expected) {
  return invalid(fmt::format("{} is {}; expected {}.", name, quoted(value), expected), {}, name);
}

Error too_many_groups(size_t most) {
  return invalid(fmt::format("There are more than {} groups.", most),
                 "Group by fewer fields, or filter.", "group_by");
}

Error bad_webhook_url(std::string_view why) {
  return invalid(fmt::format("url is no address that a webhook can go to: {}", why),
                 "Give an https address such as https://hooks.example.com/budgets.", "url");
}

Error webhook_without_tls() {
  return invalid("url is not an https address.",
                 "Webhooks go to public https addresses; the configuration's webhooks: "
                 "{allow_http: true} allows http.",
                 "url");
}

Error webhook_not_found(std::string_view id) {
  return Error(Code::NotFound, fmt::format("There is no webhook or delivery {}.", quoted(id)),
               "GET /api/tandem/v1/webhooks and /webhook_deliveries list those that are.");
}

Error bad_cursor() {
  return invalid("cursor is not one that this query gave.",
                 "Send the next_cursor of the page before, with the same parameters.", "cursor");
}

}  // namespace tandem::cost::errors
