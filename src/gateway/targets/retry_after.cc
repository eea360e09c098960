#include "gateway/targets/retry_after.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace tandem::gateway {
namespace {

// from_chars also reads "inf", "nan" and numbers that no int64_t holds.
std::optional<int64_t> milliseconds(std::string_view text, double ms_per_unit) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= 0)) return std::nullopt;
  const auto most = static_cast<double>(kMostRetryAfterMs);
  return static_cast<int64_t>(std::min(value * ms_per_unit, most));
}

}  // namespace

std::optional<int64_t> retry_after_ms(const net::Headers& headers) {
  if (const auto ms = milliseconds(headers.find("retry-after-ms"), 1)) return ms;
  return milliseconds(headers.find("retry-after"), 1000);
}

}  // namespace tandem::gateway
