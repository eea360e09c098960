#include "cost/api_json.h"

#include <fmt/format.h>

#include "cost/builtin_prices.h"

namespace tandem::cost {
namespace {

void write_time(json::Writer& json, std::string_view name, std::optional<WallUs> time_us) {
  json.key(name).string_or_null(time_us ? to_rfc3339(*time_us) : std::string());
}

void write_limit(json::Writer& json, const std::optional<Limit>& limit) {
  if (!limit) {
    json.key("nano_usd").null().key("hard").null().key("alerts").array().end_array();
    json.key("limit_nano_usd").null();
    return;
  }
  json.key("nano_usd").integer(limit->nano_usd);
  json.key("hard").boolean(limit->enforcement == Enforcement::Hard);
  json.key("alerts").array();
  for (int percent : limit->alert_percents) json.integer(percent);
  json.end_array().key("limit_nano_usd").integer(limit->nano_usd);
}

void write_members(json::Writer& json, const BudgetStatus& status,
                   const std::optional<DeclaredBudget>& declared) {
  json.key("id").string(
      fmt::format("{}/{}/{}", scope_name(status.scope), status.id, period_name(status.period)));
  json.key("name").string(status.id);
  json.key("project").string_or_null(status.scope == Scope::Project ? status.id : "");
  json.key("scope").string(scope_name(status.scope));
  json.key("scope_id").string(status.id);
  json.key("period").string(period_name(status.period));
  write_limit(json, status.limit);
  json.key("settled_nano_usd").integer(status.settled_nano_usd);
  json.key("reserved_nano_usd").integer(status.reserved_nano_usd);
  json.key("left_nano_usd");
  status.limit ? json.integer(status.left_nano_usd()) : json.null();
  write_time(json, "starts_at",
             status.period == Period::Total ? std::nullopt : std::optional(status.starts_us));
  write_time(json, "resets_at", status.resets_us);
  json.key("declared_by").string_or_null(declared ? origin_name(declared->origin) : "");
  write_time(json, "created_at", declared ? std::optional(declared->created_us) : std::nullopt);
  write_time(json, "updated_at", declared ? std::optional(declared->updated_us) : std::nullopt);
  json.key("version");
  declared ? json.integer(declared->version) : json.null();
}

}  // namespace

void write_budget(json::Writer& json, const BudgetStatus& status,
                  const std::optional<DeclaredBudget>& declared) {
  json.object();
  write_members(json, status, declared);
  json.end_object();
}

void write_scope(json::Writer& json, std::span<const BudgetStatus> periods,
                 std::span<const std::optional<DeclaredBudget>> declared) {
  constexpr Period kOrder[] = {Period::Month, Period::Day, Period::Total, Period::Minute};
  size_t first = static_cast<size_t>(Period::Month);
  for (Period period : kOrder) {
    if (!periods[static_cast<size_t>(period)].limit) continue;
    first = static_cast<size_t>(period);
    break;
  }
  json.object();
  write_members(json, periods[first], declared[first]);
  json.key("periods").array();
  for (size_t i = 0; i < periods.size(); ++i) {
    // What this minute has spent is only of interest where it is limited.
    if (periods[i].period == Period::Minute && !periods[i].limit) continue;
    write_budget(json, periods[i], declared[i]);
  }
  json.end_array().end_object();
}

void write_price_entry(json::Writer& json, const stored_settings::StoredPriceEntry& entry) {
  json.object().key("id").string(entry.id).key("model").string(entry.model);
  json.key("declared_by").string(entry.declared_by).key("price").raw(entry.body);
  write_time(json, "first_seen_at", entry.first_seen_us);
  json.end_object();
}

void write_price(json::Writer& json, const ListedPrice& price, WallUs at_us) {
  json.object().key("id").string(price.model).key("name").string(price.model);
  json.key("model").string(price.model).key("project").null();
  config::write_json_members(json, price.config);
  json.key("declared_by").string(declared_by_name(price.declared_by));
  const bool builtin = price.declared_by == DeclaredBy::Builtin;
  json.key("as_of").string_or_null(builtin ? kBuiltinPricesDate : std::string_view());
  write_time(json, "created_at", builtin ? std::nullopt : std::optional(price.created_us));
  write_time(json, "updated_at", builtin ? std::nullopt : std::optional(price.updated_us));
  const Price* now = price.schedule.at(at_us);
  json.key("price_id").string_or_null(price_id_text(now ? now->id : 0));
  json.key("entries").array();
  for (const DatedPrice& entry : price.schedule.entries()) {
    json.object().key("price_id").string(price_id_text(entry.price.id));
    const auto known = [](WallUs time_us, WallUs unbounded) {
      return time_us == unbounded ? std::nullopt : std::optional(time_us);
    };
    write_time(json, "effective_from", known(entry.from_us, kSinceEver));
    write_time(json, "effective_until", known(entry.until_us, kForEver));
    json.end_object();
  }
  json.end_array();
  json.key("version").integer(price.version).end_object();
}

}  // namespace tandem::cost
