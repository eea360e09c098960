// How prices and budgets are written in the configuration file and in the bodies of the API alike.
// Decimals are read from their text, never through floating point. Plain values.
//   prices:   {gpt-4o-mini: {input: 0.15, cached_input: 0.075, output: 0.60}}
//   projects: {default: {budget: {nano_usd: 10_000_000_000, period: month}}}
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/config/describe.h"
#include "base/config/units.h"
#include "cost/budget_types.h"
#include "cost/prices.h"

namespace tandem::cost {

struct UsdPerMillion {
  PicoUsd pico_usd = 0;  // per token

  static constexpr std::string_view kTypeName = "US dollars per million tokens";
  static constexpr bool kNumber = true;
  static Result<UsdPerMillion> parse(std::string_view text);
  std::string print() const;
  friend bool operator==(const UsdPerMillion&, const UsdPerMillion&) = default;
};

struct UsdPerUnit {
  PicoUsd pico_usd = 0;  // per image, second or thousand

  static constexpr std::string_view kTypeName = "US dollars";
  static constexpr bool kNumber = true;
  static Result<UsdPerUnit> parse(std::string_view text);
  std::string print() const;
  friend bool operator==(const UsdPerUnit&, const UsdPerUnit&) = default;
};

// Absent rates follow from others (Rates in price.h).
struct RatesConfig {
  std::optional<UsdPerMillion> input, cached_input, cache_write, cache_write_1h, audio_input,
      image_input, output, reasoning, audio_output, image_output;
  std::optional<UsdPerUnit> image, second, thousand_rows, thousand_web_searches,
      thousand_tool_calls, request;

  template <class V>
  static void describe(V& v) {
    v.field("input", &RatesConfig::input, "Input tokens.");
    v.field("cached_input", &RatesConfig::cached_input,
            "Input tokens read from the provider's prompt cache; absent: as input.");
    v.field("cache_write", &RatesConfig::cache_write,
            "Input tokens written to that cache; absent: as input.");
    v.field("cache_write_1h", &RatesConfig::cache_write_1h,
            "Those kept for an hour instead of minutes; absent: as cache_write.");
    v.field("audio_input", &RatesConfig::audio_input, "Audio tokens in; absent: as input.");
    v.field("image_input", &RatesConfig::image_input, "Image tokens in; absent: as input.");
    v.field("output", &RatesConfig::output, "Output tokens.");
    v.field("reasoning", &RatesConfig::reasoning, "Reasoning tokens; absent: as output.");
    v.field("audio_output", &RatesConfig::audio_output, "Audio tokens out; absent: as output.");
    v.field("image_output", &RatesConfig::image_output, "Image tokens out; absent: as output.");
    v.field("image", &RatesConfig::image, "One image.");
    v.field("second", &RatesConfig::second, "One second of audio or video.");
    v.field("thousand_rows", &RatesConfig::thousand_rows,
            "A thousand rows scored by a predictive model, or searches of a reranker.");
    v.field("thousand_web_searches", &RatesConfig::thousand_web_searches,
            "A thousand web searches that the provider runs inside of calls.");
    v.field("thousand_tool_calls", &RatesConfig::thousand_tool_calls,
            "A thousand runs of the provider's other tools, such as file searches.");
    v.field("request", &RatesConfig::request, "Each request, beside what it consumes.");
  }
  Rates to_rates() const;
};

struct LongContextConfig : RatesConfig {
  static constexpr std::string_view kTypeName = "long_context";
  int64_t above = 0;

  template <class V>
  static void describe(V& v) {
    v.field("above", &LongContextConfig::above,
            "Input tokens beyond which the whole call is billed at these rates.")
        .required()
        .range(1, kMaxCount);
    RatesConfig::describe(v);
  }
  void validate(config::Errors& errors) const;
};

struct BatchConfig : RatesConfig {
  static constexpr std::string_view kTypeName = "batch";

  template <class V>
  static void describe(V& v) {
    RatesConfig::describe(v);
  }
  void validate(config::Errors& errors) const;
};

// One price and when it holds.
struct PriceEntryConfig : RatesConfig {
  static constexpr std::string_view kTypeName = "dated_price";
  std::optional<config::Timestamp> effective_from, effective_until;
  std::optional<LongContextConfig> long_context;
  std::optional<int64_t> batch_percent;
  std::optional<BatchConfig> batch;

  template <class V>
  static void describe(V& v) {
    v.field("effective_from", &PriceEntryConfig::effective_from,
            "When it begins to hold, such as 2026-12-01 (midnight UTC) or RFC 3339; absent: it "
            "always did.");
    v.field("effective_until", &PriceEntryConfig::effective_until,
            "When it ends; absent: when the next one begins.");
    RatesConfig::describe(v);
    v.field("long_context", &PriceEntryConfig::long_context, "Other rates for long inputs.");
    v.field("batch_percent", &PriceEntryConfig::batch_percent,
            "What tokens of a batch cost, in percent of the price; absent: all of it.")
        .range(0, 100);
    v.field("batch", &PriceEntryConfig::batch,
            "Rates of batches instead of a percentage, whatever the length of the input.");
  }
  void validate(config::Errors& errors) const;
  Price to_price() const;
  DatedPrice to_dated_price() const;
  static PriceEntryConfig from_price(const Price& price);
  static PriceEntryConfig from_dated_price(const DatedPrice& entry);
};

struct PriceConfig : PriceEntryConfig {
  static constexpr std::string_view kTypeName = "price";
  std::vector<PriceEntryConfig> versions;

  template <class V>
  static void describe(V& v) {
    v.meaning("What a model costs: tokens in US dollars per million, other units each.");
    PriceEntryConfig::describe(v);
    v.field("versions", &PriceConfig::versions,
            "Further prices of the model, each from its effective_from on.")
        .at_most(kMaxPriceVersions);
  }
  void validate(config::Errors& errors) const;
  // Valid once validate() has found no error.
  PriceSchedule to_schedule() const;
  static PriceConfig from_price(const Price& price);

  static constexpr size_t kMaxPriceVersions = 100;

 private:
  Result<PriceSchedule> schedule() const;
};
using PriceConfigs =
    std::map<std::string, PriceConfig>;  // by model; a name ending in * is a prefix

inline constexpr config::EnumName<Period> kPeriodChoices[] = {
    {Period::Day, "day", "From midnight to midnight, UTC."},
    {Period::Month, "month", "A calendar month, UTC."},
    {Period::Total, "total", "For ever; it never resets."},
    {Period::Minute, "minute", "A minute of the clock: how fast, not how much."}};
constexpr auto enum_names(Period) {
  return std::span(kPeriodChoices);
}

struct BudgetConfig {
  static constexpr std::string_view kTypeName = "budget";
  int64_t nano_usd = 0;
  Period period = Period::Month;
  bool hard = true;
  std::vector<int> alerts = {80, 100};

  template <class V>
  static void describe(V& v) {
    v.meaning("What may be spent in a period.");
    v.field("nano_usd", &BudgetConfig::nano_usd,
            "The limit in nano-dollars: 1000000000 is one US dollar; 0 allows free calls only.")
        .required()
        .range(0, INT64_MAX);
    v.field("period", &BudgetConfig::period, "When spending starts anew.");
    v.field("hard", &BudgetConfig::hard, "Refuse calls that do not fit; false only alerts.");
    v.field("alerts", &BudgetConfig::alerts, "Percentages of the limit at which an alert is sent.")
        .at_most(kMaxAlerts);
  }
  void validate(config::Errors& errors) const;
  Limit to_limit(Origin origin) const;
  static BudgetConfig from_limit(const Limit& limit);
};

// Model names of prices: 1 to 255 bytes of text without control characters.
Result<void> check_model_name(std::string_view name);

}  // namespace tandem::cost
