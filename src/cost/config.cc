#include "cost/config.h"

#include <fmt/format.h>

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
    {PriceClass::ImageInput, &RatesConfig::image_input},
    {PriceClass::Output, &RatesConfig::output},
    {PriceClass::Reasoning, &RatesConfig::reasoning},
    {PriceClass::AudioOutput, &RatesConfig::audio_output},
    {PriceClass::ImageOutput, &RatesConfig::image_output},
};
constexpr PerUnit kPerUnit[] = {
    {PriceClass::Image, &RatesConfig::image},
    {PriceClass::Second, &RatesConfig::second},
    {PriceClass::ThousandRows, &RatesConfig::thousand_rows},
    {PriceClass::ThousandWebSearches, &RatesConfig::thousand_web_searches},
    {PriceClass::ThousandToolCalls, &RatesConfig::thousand_tool_calls},
    {PriceClass::Request, &RatesConfig::request},
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

void BatchConfig::validate(config::Errors& errors) const {
  if (!to_rates().any_given()) errors.add("must give at least one rate, or be left out");
}

void PriceEntryConfig::validate(config::Errors& errors) const {
  if (batch && batch_percent) {
    errors.field("batch", "must not stand beside batch_percent",
                 "Give a percentage of the price, or rates of their own.");
  }
  if (to_rates().any_given()) return;
  errors.add("must give at least one rate, such as input: 0.15",
             "A rate may be 0; an absent one is not a price.");
}

Price PriceEntryConfig::to_price() const {
  Price price;
  price.rates = to_rates();
  if (long_context) {
    price.long_context_above = long_context->above;
    price.long_context = long_context->to_rates();
    price.long_context.inherit(price.rates);
  }
  price.batch_percent = batch_percent.value_or(100);
  if (batch) {
    price.batch = batch->to_rates();
    price.batch.inherit(price.rates);
  }
  return price;
}

DatedPrice PriceEntryConfig::to_dated_price() const {
  return {to_price(), effective_from ? effective_from->us : kSinceEver,
          effective_until ? effective_until->us : kForEver};
}

PriceEntryConfig PriceEntryConfig::from_price(const Price& price) {
  PriceEntryConfig out;
  take_rates(price.rates, out);
  if (price.long_context_above > 0) {
    out.long_context.emplace().above = price.long_context_above;
    take_rates(price.long_context, *out.long_context);
  }
  if (price.batch_percent != 100) out.batch_percent = price.batch_percent;
  if (price.batch.any_given()) take_rates(price.batch, out.batch.emplace());
  return out;
}

PriceEntryConfig PriceEntryConfig::from_dated_price(const DatedPrice& entry) {
  PriceEntryConfig out = from_price(entry.price);
  if (entry.from_us != kSinceEver) out.effective_from = config::Timestamp{entry.from_us};
  if (entry.until_us != kForEver) out.effective_until = config::Timestamp{entry.until_us};
  return out;
}

// The price itself is an entry among its versions, unless it is only there to hold them.
Result<PriceSchedule> PriceConfig::schedule() const {
  std::vector<DatedPrice> entries;
  const bool has_own = to_rates().any_given();
  if (has_own) entries.push_back(to_dated_price());
  for (const PriceEntryConfig& version : versions) entries.push_back(version.to_dated_price());
  const auto name = [&](size_t index) {
    const bool own = has_own && index == 0;
    const PriceEntryConfig& entry = own ? *this : versions[index - (has_own ? 1 : 0)];
    const std::string place =
        own ? "the price itself" : fmt::format("versions[{}]", index - (has_own ? 1 : 0));
    const std::string from = entry.effective_from ? entry.effective_from->print() : "ever";
    const std::string until = entry.effective_until ? entry.effective_until->print() : "";
    return fmt::format("{} (since {}{}{})", place, from, until.empty() ? "" : " until ", until);
  };
  return PriceSchedule::make(std::move(entries), name);
}

void PriceConfig::validate(config::Errors& errors) const {
  if (versions.empty() || to_rates().any_given()) PriceEntryConfig::validate(errors);
  const auto made = schedule();
  if (!made) errors.add("is no schedule: " + made.error().message, made.error().hint);
}

PriceSchedule PriceConfig::to_schedule() const {
  return schedule().value_or(PriceSchedule());
}

PriceConfig PriceConfig::from_price(const Price& price) {
  PriceConfig out;
  static_cast<PriceEntryConfig&>(out) = PriceEntryConfig::from_price(price);
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
