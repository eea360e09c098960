#include "cost/price_service.h"

#include "base/config/read.h"
#include "base/log.h"
#include "cost/builtin_prices.h"
#include "cost/errors.h"
#include "cost/stored_settings.h"

namespace tandem::cost {
namespace {

// With the ids that the book will give its entries.
PriceSchedule named_schedule(const ListedPrice& price) {
  PriceSchedule schedule = price.config.to_schedule();
  schedule.name_entries(kConfiguredPrices, price.model);
  return schedule;
}

Result<ListedPrice> from_stored(const stored_settings::StoredPrice& stored) {
  auto config = config::read_body<PriceConfig>(stored.body);
  if (!config) return fail(std::move(config.error()).within("the stored price of " + stored.model));
  ListedPrice price{stored.model,   *std::move(config), DeclaredBy::Api,
                    stored.version, stored.created_us,  stored.updated_us};
  price.schedule = named_schedule(price);
  return price;
}

stored_settings::StoredPrice to_stored(const ListedPrice& price) {
  stored_settings::StoredPrice stored;
  stored.model = price.model;
  stored.body = config::to_json(price.config);
  stored.version = price.version;
  stored.created_us = price.created_us;
  stored.updated_us = price.updated_us;
  return stored;
}

}  // namespace

std::string_view declared_by_name(DeclaredBy by) {
  switch (by) {
    case DeclaredBy::Builtin:
      return "builtin";
    case DeclaredBy::File:
      return "file";
    case DeclaredBy::Api:
      return "api";
  }
  return "builtin";
}

Result<void> PriceService::load(const PriceConfigs& file, WallUs now_us) {
  ListedPrices configured;
  TRY(const auto stored, db_.read_now([](store::Connection& connection) {
    return stored_settings::list_prices(connection);
  }));
  for (const auto& each : stored) {
    TRY(ListedPrice price, from_stored(each));
    configured.emplace(each.model, std::move(price));
  }
  for (const auto& [model, config] : file) {
    TRY_VOID(check_model_name(model));
    ListedPrice price{model, config, DeclaredBy::File, 1, now_us, now_us};
    price.schedule = named_schedule(price);
    if (!configured.emplace(model, price).second) {
      log::warn("cost", "the price of {} from the configuration file hides one of the API", model);
      configured[model] = price;
    }
  }
  publish(std::move(configured));
  return keep_entries(*listed_.get(), now_us);
}

Result<AppliedPrice> PriceService::put(const std::string& model, const PriceConfig& config,
                                       Expected expected, WallUs now_us) {
  TRY_VOID(check_model_name(model));
  AppliedPrice applied;
  const auto found = configured_.find(model);
  applied.created = found == configured_.end();
  const ListedPrice before = applied.created ? ListedPrice{} : found->second;
  if (before.declared_by == DeclaredBy::File) return fail(errors::price_from_file(model));
  const int64_t current = applied.created ? 0 : before.version;
  if (expected.version && *expected.version != current) {
    return fail(errors::version_conflict("The price of " + model, *expected.version, current));
  }
  applied.changes = config::diff(before.config, config);
  applied.price = {
      model, config, DeclaredBy::Api, current + 1, applied.created ? now_us : before.created_us,
      now_us};
  applied.price.schedule = named_schedule(applied.price);
  if (expected.dry_run) return applied;
  TRY_VOID(keep_entries({{model, applied.price}}, now_us));
  TRY_VOID(db_.write_now([&](store::Connection& connection) {
    return stored_settings::put_price(connection, to_stored(applied.price));
  }));
  ListedPrices next = configured_;
  next[model] = applied.price;
  publish(std::move(next));
  return applied;
}

Result<void> PriceService::remove(const std::string& model, Expected expected) {
  const auto found = configured_.find(model);
  if (found == configured_.end()) return fail(errors::price_not_found(model));
  if (found->second.declared_by == DeclaredBy::File) return fail(errors::price_from_file(model));
  if (expected.version && *expected.version != found->second.version) {
    return fail(errors::version_conflict("The price of " + model, *expected.version,
                                         found->second.version));
  }
  TRY_VOID(db_.write_now([&](store::Connection& connection) {
    return stored_settings::delete_price(connection, model);
  }));
  ListedPrices next = configured_;
  next.erase(model);
  publish(std::move(next));
  return {};
}

void PriceService::publish(ListedPrices configured) {
  PriceMap prices;
  for (const auto& [model, listed] : configured) prices.emplace(model, listed.schedule);
  book_.configure(prices);
  auto all = std::make_shared<ListedPrices>(configured);
  for (const auto& [model, schedule] : builtin_prices()) {
    ListedPrice builtin{model, PriceConfig::from_price(schedule.entries().front().price)};
    builtin.schedule = schedule;
    all->try_emplace(model, std::move(builtin));
  }
  listed_.publish(std::move(all));
  configured_ = std::move(configured);
}

Result<void> PriceService::keep_entries(const ListedPrices& prices, WallUs now_us) {
  std::vector<stored_settings::StoredPriceEntry> entries;
  for (const auto& [model, listed] : prices) {
    for (const DatedPrice& entry : listed.schedule.entries()) {
      stored_settings::StoredPriceEntry stored;
      stored.id = price_id_text(entry.price.id);
      stored.model = model;
      stored.declared_by = declared_by_name(listed.declared_by);
      stored.body = config::to_json(PriceEntryConfig::from_dated_price(entry));
      stored.first_seen_us = now_us;
      entries.push_back(std::move(stored));
    }
  }
  return db_.write_now([&](store::Connection& connection) {
    return stored_settings::keep_price_entries(connection, entries);
  });
}

const ListedPrice* PriceService::find(const ListedPrices& list, std::string_view model,
                                      WallUs at_us) const {
  const auto prices = book_.current();
  const Price* price = prices->find(model, at_us);
  if (price == nullptr) return nullptr;
  for (const auto& [name, listed] : list) {
    for (const DatedPrice& entry : listed.schedule.entries()) {
      if (entry.price.id == price->id) return &listed;
    }
  }
  return nullptr;
}

}  // namespace tandem::cost
