// Prices: which price applies to which model. An immutable snapshot; PriceBook holds the current
// one and swaps it when configuration or API change a price. A call keeps the snapshot that it was
// admitted with, so that a price change never touches calls in flight. Any thread.
//   std::shared_ptr<const Prices> prices = book.current();
//   const Price* price = prices->find("openai/gpt-4o-mini-2024-07-18");   // null: unknown
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/async/snapshot.h"
#include "cost/price.h"
#include "cost/text_hash.h"

namespace tandem::cost {

enum class CostSource : uint8_t { Unknown, Prices };
std::string_view cost_source_name(CostSource source);  // "unknown", "prices"

struct CostResult {
  NanoUsd nano_usd = 0;
  CostSource source = CostSource::Unknown;
};

// Model names to prices. A name ending in `*` is a prefix.
using PriceMap = std::map<std::string, Price, std::less<>>;

class Prices {
 public:
  // `configured` (file and API) is searched whole before `builtin`: a built-in price never
  // overrides a configured one, not even a configured prefix.
  Prices(const PriceMap& configured, const PriceMap& builtin);

  // The price of `model`, "gpt-4o" or "provider/gpt-4o": by exact name, then without the provider
  // prefix (a name may have several), then without a date suffix (-2024-07-18, -20241022, with `@`
  // too), then by the longest prefix ending in `*`. Null where none matches.
  const Price* find(std::string_view model) const;

 private:
  class Table {
   public:
    explicit Table(const PriceMap& prices);
    const Price* find(std::string_view model) const;

   private:
    const Price* find_exact(std::string_view name) const;
    const Price* find_prefix(std::string_view model) const;

    using Map = std::unordered_map<std::string, Price, TextHash, std::equal_to<>>;
    Map exact_;
    Map prefixes_;                        // without the `*`
    std::vector<size_t> prefix_lengths_;  // distinct, longest first
  };

  Table configured_;
  Table builtin_;
};

// The price that applies, or cost 0 and CostSource::Unknown where there is none.
CostResult price_usage(const Usage& usage, const Price* price);

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
