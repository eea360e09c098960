// Prices: which price applies to which model. An immutable snapshot; PriceBook holds the current
// one and swaps it when configuration or API change a price. A call keeps the snapshot that it was
// admitted with, so that a price change never touches calls in flight. A model's price may change
// at a time that is known before: a PriceSchedule, and what holds at the call's admission applies.
// Any thread.
//   std::shared_ptr<const Prices> prices = book.current();
//   const Price* price = prices->find("openai/gpt-4o-mini-2024-07-18", now);   // null: unknown
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/async/snapshot.h"
#include "base/clock.h"
#include "cost/price.h"
#include "cost/text_hash.h"

namespace tandem::cost {

enum class CostSource : uint8_t { Unknown, Prices };
std::string_view cost_source_name(CostSource source);  // "unknown", "prices"

struct CostResult {
  NanoUsd nano_usd = 0;
  CostSource source = CostSource::Unknown;
};

inline constexpr WallUs kSinceEver = INT64_MIN;
inline constexpr WallUs kForEver = INT64_MAX;

// A price and when it holds: from `from_us` until just before `until_us`.
struct DatedPrice {
  Price price;
  WallUs from_us = kSinceEver;
  WallUs until_us = kForEver;

  friend bool operator==(const DatedPrice&, const DatedPrice&) = default;
};

// What name_entries() calls the prices of the file and of the API.
inline constexpr std::string_view kConfiguredPrices = "configured";

// The prices of one model, one after the other, without overlap. There may be gaps.
class PriceSchedule {
 public:
  PriceSchedule() = default;
  PriceSchedule(Price price) : entries_{{std::move(price)}} {}  // NOLINT: one price is a schedule
  // `entries` in any order; an entry without an end ends where the next one begins. Where two
  // overlap: an error that names both, as `name(index)` calls them.
  static Result<PriceSchedule> make(std::vector<DatedPrice> entries,
                                    const std::function<std::string(size_t)>& name);

  const Price* at(WallUs time_us) const;  // null where none holds
  const std::vector<DatedPrice>& entries() const { return entries_; }
  // Gives every entry the id that follows from the name in the table and from what it says.
  void name_entries(std::string_view table, std::string_view model);

  friend bool operator==(const PriceSchedule&, const PriceSchedule&) = default;

 private:
  std::vector<DatedPrice> entries_;  // by time
};

// Model names to prices. A name ending in `*` is a prefix.
using PriceMap = std::map<std::string, PriceSchedule, std::less<>>;

class Prices {
 public:
  // `configured` (file and API) is searched whole before `builtin`: a built-in price never
  // overrides a configured one, not even a configured prefix.
  Prices(const PriceMap& configured, const PriceMap& builtin);

  // The price of `model`, "gpt-4o" or "provider/gpt-4o": by exact name, then without the provider
  // prefix (a name may have several), then without a date suffix (-2024-07-18, -20241022, with `@`
  // too), then by the longest prefix ending in `*`. A name of which no price holds at `at_us` is
  // passed over. Null where none matches.
  const Price* find(std::string_view model, WallUs at_us = kForEver) const;

 private:
  class Table {
   public:
    explicit Table(const PriceMap& prices);
    const Price* find(std::string_view model, WallUs at_us) const;

   private:
    const Price* find_exact(std::string_view name, WallUs at_us) const;
    const Price* find_prefix(std::string_view model, WallUs at_us) const;

    using Map = std::unordered_map<std::string, PriceSchedule, TextHash, std::equal_to<>>;
    Map exact_;
    Map prefixes_;                        // without the `*`
    std::vector<size_t> prefix_lengths_;  // distinct, longest first
  };

  Table configured_;
  Table builtin_;
};

// The price that applies, or cost 0 and CostSource::Unknown where there is none.
CostResult price_usage(const Usage& usage, const Price* price, Tier tier = Tier::Standard);

// `model` without "-2024-07-18" or "-20241022" at its end; unchanged where it has none.
std::string_view without_date_suffix(std::string_view model);

// The current snapshot. Owned by the composition root; any thread.
class PriceBook {
 public:
  explicit PriceBook(const PriceMap& configured = {});

  std::shared_ptr<const Prices> current() const { return current_.get(); }
  // Replaces every configured price; calls in flight keep theirs.
  void configure(const PriceMap& configured);

 private:
  Snapshot<Prices> current_;
};

}  // namespace tandem::cost
