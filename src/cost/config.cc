#include "cost/config.h"

#include "base/text/utf8.h"
#include "cost/errors.h"

namespace tandem::cost {
namespace {

// The framework's messages continue the path of the field.
Result<PicoUsd> parse_usd(std::string_view text, int digits, int64_t max) {
  const auto value = parse_decimal(text, digits, max, "The price");
  if (value) return *value;
  return fail(Code::InvalidArgument,
              "must be a decimal number of US dollars from 0 to 1000000 with at most " +
                  std::to_string(digits) + " digits after the point",
              "Prices are kept exactly, so they are never rounded for you.");
}

struct PerMillion {
  PriceClass price_class;
  std::optional<UsdPerMillion> RatesConfig::*member;
};
struct PerUnit {
  PriceClass price_class;
  std::optional<UsdPerUnit> RatesConfig::*member;
};
constexpr PerMillion kPerMillion[] = {
    {PriceClass::Input, &RatesConfig::input},
    {PriceClass::CachedInput, &RatesConfig::cached_input},
    {PriceClass::CacheWrite, &RatesConfig::cache_write},
    {PriceClass::CacheWrite1h, &RatesConfig::cache_write_1h},
    {PriceClass::AudioInput, &RatesConfig::audio_input},
    {PriceClass::Output, &RatesConfig::output},
    {PriceClass::Reasoning, &RatesConfig::reasoning},
    {PriceClass::AudioOutput, &RatesConfig::audio_output},
};
constexpr PerUnit kPerUnit[] = {
    {PriceClass::Image, &RatesConfig::image},
    {PriceClass::Second, &RatesConfig::second},
    {PriceClass::ThousandRows, &RatesConfig::thousand_rows},
    {PriceClass::ThousandWebSearches, &RatesConfig::thousand_web_searches},
};
static_assert(std::size(kPerMillion) + std::size(kPerUnit) == kPriceClasses);

void take_rates(const Rates& rates, RatesConfig& into) {
  for (const PerMillion& each : kPerMillion) {
    if (rates.given(each.price_class)) into.*each.member = {rates.rate(each.price_class)};
  }
  for (const PerUnit& each : kPerUnit) {
    if (rates.given(each.price_class)) into.*each.member = {rates.rate(each.price_class)};
  }
}

}  // namespace

Result<UsdPerMillion> UsdPerMillion::parse(std::string_view text) {
  TRY(const PicoUsd value, parse_usd(text, 6, kMaxPriceUsd * 1'000'000));
  return UsdPerMillion{value};
}
std::string UsdPerMillion::print() const {
  return format_decimal(pico_usd, 6);
}

Result<UsdPerUnit> UsdPerUnit::parse(std::string_view text) {
  TRY(const PicoUsd value, parse_usd(text, 12, kMaxPriceUsd * 1'000'000'000'000));
  return UsdPerUnit{value};
}
std::string UsdPerUnit::print() const {
  return format_decimal(pico_usd, 12);
}

Rates RatesConfig::to_rates() const {
  Rates rates;
  for (const PerMillion& each : kPerMillion) {
    if (this->*each.member) rates.set(each.price_class, (this->*each.member)->pico_usd);
  }
  for (const PerUnit& each : kPerUnit) {
    if (this->*each.member) rates.set(each.price_class, (this->*each.member)->pico_usd);
  }
  return rates;
}

void LongContextConfig::validate(config::Errors& errors) const {
  if (!to_rates().any_given()) errors.add("must give at least one rate beside `above`");
}

void PriceConfig::validate(config::Errors& errors) const {
  if (to_rates().any_given()) return;
  errors.add("must give at least one rate, such as input: 0.15",
             "A rate may be 0; an absent one is not a price.");
}

Price PriceConfig::to_price() const {
  Price price;
  price.rates = to_rates();
  if (long_context) {
    price.long_context_above = long_context->above;
    price.long_context = long_context->to_rates();
    price.long_context.inherit(price.rates);
  }
  return price;
}

PriceConfig PriceConfig::from_price(const Price& price) {
  PriceConfig out;
  take_rates(price.rates, out);
  if (price.long_context_above > 0) {
    out.long_context.emplace().above = price.long_context_above;
    take_rates(price.long_context, *out.long_context);
  }
  return out;
}

void BudgetConfig::validate(config::Errors& errors) const {
  for (int percent : alerts) {
    if (percent >= 1 && percent <= kMaxAlertPercent) continue;
    errors.field("alerts", "must hold percentages from 1 to " + std::to_string(kMaxAlertPercent));
  }
}

Limit BudgetConfig::to_limit(Origin origin) const {
  Limit limit;
  limit.period = period;
  limit.nano_usd = nano_usd;
  limit.enforcement = hard ? Enforcement::Hard : Enforcement::Soft;
  limit.alert_percents = alerts;
  limit.origin = origin;
  return limit;
}

BudgetConfig BudgetConfig::from_limit(const Limit& limit) {
  return {limit.nano_usd, limit.period, limit.enforcement == Enforcement::Hard,
          limit.alert_percents};
}

Result<void> check_model_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (name.empty() || name.size() > 255 || !text::is_valid_utf8(name) ||
      std::any_of(name.begin(), name.end(), is_control)) {
    return fail(errors::bad_model_name());
  }
  return {};
}

}  // namespace tandem::cost
