#include <algorithm>

#include "base/crypto/hash.h"
#include "cost/errors.h"
#include "cost/prices.h"

namespace tandem::cost {
namespace {

void append(std::string& text, int64_t number) {
  text += std::to_string(number);
  text += ' ';
}

void append(std::string& text, const Rates& rates) {
  for (size_t i = 0; i < kPriceClasses; ++i) {
    const auto each = static_cast<PriceClass>(i);
    if (!rates.given(each)) continue;
    text += price_class_name(each);
    text += '=';
    append(text, rates.rate(each));
  }
  text += '\n';
}

}  // namespace

Result<PriceSchedule> PriceSchedule::make(std::vector<DatedPrice> entries,
                                          const std::function<std::string(size_t)>& name) {
  std::vector<size_t> order(entries.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return entries[a].from_us < entries[b].from_us; });
  PriceSchedule out;
  for (size_t i = 0; i < order.size(); ++i) {
    DatedPrice& entry = entries[order[i]];
    if (entry.until_us <= entry.from_us) {
      return fail(errors::price_ends_before_it_begins(name(order[i])));
    }
    if (i + 1 < order.size()) {
      const DatedPrice& next = entries[order[i + 1]];
      const bool open = entry.until_us == kForEver;
      if (next.from_us == entry.from_us || (!open && entry.until_us > next.from_us)) {
        return fail(errors::prices_overlap(name(order[i]), name(order[i + 1])));
      }
      if (open) entry.until_us = next.from_us;
    }
    out.entries_.push_back(std::move(entry));
  }
  return out;
}

const Price* PriceSchedule::at(WallUs time_us) const {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->from_us > time_us) continue;
    // For ever has no end, also where the time asked for is the end of time.
    const bool holds = time_us < entry->until_us || entry->until_us == kForEver;
    return holds ? &entry->price : nullptr;
  }
  return nullptr;
}

// The id stays when only the end changes: that an entry ends does not change what it said.
void PriceSchedule::name_entries(std::string_view table, std::string_view model) {
  for (DatedPrice& entry : entries_) {
    const Price& price = entry.price;
    std::string text;
    text.append(table).append("\n").append(model).append("\n");
    append(text, entry.from_us);
    append(text, price.rates);
    append(text, price.long_context_above);
    append(text, price.long_context);
    append(text, price.batch_percent);
    append(text, price.batch);
    const crypto::Digest digest = crypto::sha256(text);
    uint64_t id = 0;
    for (size_t i = 0; i < 8; ++i) id = id << 8 | digest[i];
    entry.price.id = std::max<int64_t>(1, static_cast<int64_t>(id >> 1));
  }
}

}  // namespace tandem::cost
