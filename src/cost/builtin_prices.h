// The built-in price table: list prices of well-known models in US dollars, pay-as-you-go tier, as
// of kBuiltinPricesDate. Configuration and API override every line of it. Pure, any thread.
#pragma once

#include <span>
#include <string_view>

#include "cost/prices.h"

namespace tandem::cost {

inline constexpr std::string_view kBuiltinPricesDate = "2026-11-24";

// Parsed once, at first use.
const PriceMap& builtin_prices();

// One line of the table: names separated by blanks, and "class=decimal" fields (see price.h).
struct BuiltinPrice {
  std::string_view models;
  std::string_view price;
};
std::span<const BuiltinPrice> builtin_price_lines();

}  // namespace tandem::cost
