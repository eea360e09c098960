#include "cost/builtin_prices.h"

#include <cstdio>
#include <cstdlib>

namespace tandem::cost {
namespace {

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) return out;
    const size_t end = text.find(' ', start);
    out.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end);
  }
}

// A line that does not parse is a bug that the first start after the edit shows.
[[noreturn]] void broken_line(const BuiltinPrice& line, std::string_view why) {
  std::fprintf(stderr, "built-in prices, line \"%.*s\": %.*s\n",
               static_cast<int>(line.models.size()), line.models.data(),
               static_cast<int>(why.size()), why.data());
  std::abort();
}

PriceMap parse_lines() {
  PriceMap map;
  for (const BuiltinPrice& line : builtin_price_lines()) {
    std::vector<PriceField> fields;
    for (std::string_view word : words(line.price)) {
      const size_t equals = word.find('=');
      if (equals == std::string_view::npos) broken_line(line, "a field has no `=`");
      fields.push_back({word.substr(0, equals), word.substr(equals + 1)});
    }
    const auto price = parse_price(fields);
    if (!price) broken_line(line, price.error().message);
    for (std::string_view model : words(line.models)) {
      PriceSchedule schedule(*price);
      schedule.name_entries("builtin", model);
      if (!map.emplace(model, std::move(schedule)).second)
        broken_line(line, "a model stands in two lines");
    }
  }
  return map;
}

}  // namespace

const PriceMap& builtin_prices() {
  static const PriceMap map = parse_lines();
  return map;
}

}  // namespace tandem::cost
