// Any text as a price: an error, or a number that prints and reads back the same. Any JSON as a
// price object: an error, or a price that prints and reads back the same.
#include <cstdlib>
#include <string>

#include "base/config/read.h"
#include "base/config/write.h"
#include "cost/config.h"

using namespace tandem::cost;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const int digits = data[0] % 19;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (const auto value = parse_decimal(text, digits, INT64_MAX, "fuzz")) {
    require(*value >= 0);
    const std::string printed = format_decimal(*value, digits);
    const auto again = parse_decimal(printed, digits, INT64_MAX, "fuzz");
    require(again.has_value() && *again == *value);
  }
  if (const auto config = tandem::config::read_body<PriceConfig>(text)) {
    const Price price = config->to_price();
    const std::string printed = tandem::config::to_json(PriceConfig::from_price(price));
    const auto again = tandem::config::read_body<PriceConfig>(printed);
    require(again.has_value() && again->to_price() == price);
    Usage usage;
    usage.input_tokens = kMaxCount;
    usage.output_tokens = kMaxCount;
    usage.images = usage.milliseconds = usage.rows = kMaxCount;
    const NanoUsd cost = cost_of(usage, price);
    require(cost >= 0 && cost <= kMaxCallNanoUsd);
  }
  return 0;
}
