// What one model costs: a rate for each class of usage, and the cost of a Usage under it.
// Made from configuration (config.h) or from the built-in table; immutable afterwards, any thread.
//   TRY(Price price, parse_price({{"input", "0.15"}, {"output", "0.60"}}));
//   NanoUsd cost = cost_of(usage, price);
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cost/call.h"
#include "cost/money.h"
#include "cost/usage.h"

namespace tandem::cost {

// The classes in the order of the table in price.cc, which gives each its name and unit.
enum class PriceClass : uint8_t {
  Input,
  CachedInput,
  CacheWrite,
  CacheWrite1h,
  AudioInput,
  ImageInput,
  Output,
  Reasoning,
  AudioOutput,
  ImageOutput,
  Image,
  Second,
  ThousandRows,
  ThousandWebSearches,
  ThousandToolCalls,
  Request,
  kCount,
};
inline constexpr size_t kPriceClasses = static_cast<size_t>(PriceClass::kCount);

// Pico-dollars per unit of each class. A class that is not given costs what the class that contains
// it costs: cached input like input, reasoning like output; images, seconds, rows, requests cost
// nothing.
class Rates {
 public:
  static constexpr PicoUsd kNotGiven = -1;

  Rates() { rates_.fill(kNotGiven); }
  void set(PriceClass price_class, PicoUsd rate) { rates_[index(price_class)] = rate; }
  bool given(PriceClass price_class) const { return rates_[index(price_class)] != kNotGiven; }
  bool any_given() const;
  // The rate that applies, after the rule above.
  PicoUsd rate(PriceClass price_class) const;
  // Gives every class that is not given here the rate of `other`.
  void inherit(const Rates& other);

  friend bool operator==(const Rates&, const Rates&) = default;

 private:
  static size_t index(PriceClass price_class) { return static_cast<size_t>(price_class); }
  std::array<PicoUsd, kPriceClasses> rates_;
};

struct Price {
  Rates rates;
  // Calls with more input tokens than this are billed, wholly, at `long_context`. 0: never.
  int64_t long_context_above = 0;
  Rates long_context;
  // What a batch pays: percent of the cost of tokens, or, where any is given, rates of its own.
  int64_t batch_percent = 100;
  Rates batch;
  // Names this entry of a table of prices for ever (price_id_text()); 0: it stands in none.
  int64_t id = 0;

  friend bool operator==(const Price&, const Price&) = default;
};

std::string_view price_class_name(PriceClass price_class);  // "cached_input"

// The cost of `usage`: sanitized, summed exactly, rounded up once.
NanoUsd cost_of(const Usage& usage, const Price& price, Tier tier = Tier::Standard);

// "price_00c0ffee00c0ffee"; empty for 0.
std::string price_id_text(int64_t id);

// One `name: decimal` of a price, as the built-in table gives it. Names are "input",
// "cached_input", "cache_write", "cache_write_1h", "audio_input", "image_input", "output",
// "reasoning", "audio_output", "image_output" (US dollars per million tokens), "image", "second",
// "thousand_rows", "thousand_web_searches", "thousand_tool_calls", "request" (US dollars each),
// "long_context.above" (tokens) with "long_context.<name>", "batch_percent", "batch.<name>".
struct PriceField {
  std::string_view name;
  std::string_view decimal;
};
Result<Price> parse_price(std::span<const PriceField> fields);

}  // namespace tandem::cost
