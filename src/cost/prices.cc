#include "cost/prices.h"

#include <algorithm>

#include "cost/builtin_prices.h"

namespace tandem::cost {
namespace {

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int two_digits(std::string_view text) {
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// "20241022": a plausible day, so that "-10000000" is not taken for one.
bool is_date(std::string_view eight) {
  if (!all_digits(eight)) return false;
  const int century = two_digits(eight.substr(0, 2));
  const int month = two_digits(eight.substr(4, 2));
  const int day = two_digits(eight.substr(6, 2));
  return century == 20 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

}  // namespace

std::string_view cost_source_name(CostSource source) {
  return source == CostSource::Prices ? "prices" : "unknown";
}

std::string_view without_date_suffix(std::string_view model) {
  constexpr size_t kCompact = sizeof("-20241022") - 1;
  constexpr size_t kDashed = sizeof("-2024-07-18") - 1;
  const auto starts_suffix = [](char c) { return c == '-' || c == '@'; };
  if (model.size() > kCompact) {
    const std::string_view end = model.substr(model.size() - kCompact);
    if (starts_suffix(end[0]) && is_date(end.substr(1))) {
      return model.substr(0, model.size() - kCompact);
    }
  }
  if (model.size() > kDashed) {
    const std::string_view end = model.substr(model.size() - kDashed);
    if (starts_suffix(end[0]) && end[5] == '-' && end[8] == '-') {
      const char compact[8] = {end[1], end[2], end[3], end[4], end[6], end[7], end[9], end[10]};
      if (is_date({compact, sizeof compact})) return model.substr(0, model.size() - kDashed);
    }
  }
  return model;
}

Prices::Table::Table(const PriceMap& prices) {
  for (const auto& [name, price] : prices) {
    if (name.ends_with('*')) {
      const std::string_view prefix = std::string_view(name).substr(0, name.size() - 1);
      prefixes_.emplace(prefix, price);
      prefix_lengths_.push_back(prefix.size());
    } else {
      exact_.emplace(name, price);
    }
  }
  std::sort(prefix_lengths_.begin(), prefix_lengths_.end(), std::greater<>());
  prefix_lengths_.erase(std::unique(prefix_lengths_.begin(), prefix_lengths_.end()),
                        prefix_lengths_.end());
}

const Price* Prices::Table::find_exact(std::string_view name, WallUs at_us) const {
  const auto found = exact_.find(name);
  return found == exact_.end() ? nullptr : found->second.at(at_us);
}

// The longest prefix of the whole name or of the name without its provider wins.
const Price* Prices::Table::find_prefix(std::string_view model, WallUs at_us) const {
  for (size_t length : prefix_lengths_) {
    for (std::string_view name = model;;) {
      if (name.size() >= length) {
        const auto found = prefixes_.find(name.substr(0, length));
        const Price* price = found == prefixes_.end() ? nullptr : found->second.at(at_us);
        if (price != nullptr) return price;
      }
      const size_t slash = name.find('/');
      if (slash == std::string_view::npos) break;
      name.remove_prefix(slash + 1);
    }
  }
  return nullptr;
}

const Price* Prices::Table::find(std::string_view model, WallUs at_us) const {
  for (const bool with_date : {true, false}) {
    std::string_view name = with_date ? model : without_date_suffix(model);
    if (!with_date && name.size() == model.size()) break;
    while (true) {
      if (const Price* price = find_exact(name, at_us)) return price;
      const size_t slash = name.find('/');
      if (slash == std::string_view::npos) break;
      name.remove_prefix(slash + 1);
    }
  }
  return find_prefix(model, at_us);
}

Prices::Prices(const PriceMap& configured, const PriceMap& builtin)
    : configured_(configured), builtin_(builtin) {}

const Price* Prices::find(std::string_view model, WallUs at_us) const {
  if (const Price* price = configured_.find(model, at_us)) return price;
  return builtin_.find(model, at_us);
}

CostResult price_usage(const Usage& usage, const Price* price, Tier tier) {
  if (price == nullptr) return {};
  return {cost_of(usage, *price, tier), CostSource::Prices};
}

PriceBook::PriceBook(const PriceMap& configured) {
  configure(configured);
}

void PriceBook::configure(const PriceMap& configured) {
  PriceMap named = configured;
  for (auto& [model, schedule] : named) schedule.name_entries(kConfiguredPrices, model);
  current_.publish(std::make_shared<const Prices>(named, builtin_prices()));
}

}  // namespace tandem::cost
