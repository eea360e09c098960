// Money without rounding errors. Costs are integer nano-dollars, prices integer pico-dollars per
// unit; a call's cost is the exact sum over its units, rounded up once. Pure, any thread.
//   TRY(PicoUsd price, parse_usd_per_million("0.15"));       // 150'000 pico-dollars a token
//   ExactSum sum; sum.add(tokens, price); NanoUsd cost = sum.nano_usd_rounded_up();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::cost {

using NanoUsd = int64_t;  // 10^-9 US dollars
using PicoUsd = int64_t;  // 10^-12 US dollars, per unit of what is priced

// No unit may cost more than a million dollars (a million tokens, an image, a second …): with it,
// the bound on counts (usage.h) and 128 bits no sum below can overflow.
inline constexpr int64_t kMaxPriceUsd = 1'000'000;
// A call that costs more than a million dollars is a provider's bug: its cost is cut to this, so
// that one row can neither use up a company's budget sums nor overflow them.
inline constexpr NanoUsd kMaxCallNanoUsd = kMaxPriceUsd * 1'000'000'000;

// Reads a decimal number such as "0.15", "12", ".5" or "7.5e-08" as an integer of 10^-digits:
// exactly, or not at all (InvalidArgument: sign, other characters, more fraction digits than
// `digits`, or above `max`). `what` stands in the error.
Result<int64_t> parse_decimal(std::string_view text, int digits, int64_t max,
                              std::string_view what);

// US dollars per million units, as prices per token are written: six fraction digits.
Result<PicoUsd> parse_usd_per_million(std::string_view text, std::string_view what = "A price");
// US dollars per single unit (image, second, thousand rows): twelve fraction digits.
Result<PicoUsd> parse_usd_per_unit(std::string_view text, std::string_view what = "A price");

// The shortest decimal that parse_decimal() reads back: (150000, 6) is "0.15".
std::string format_decimal(int64_t value, int digits);
// "0.00031 USD", for sentences.
std::string format_usd(NanoUsd amount);

// The exact sum of counts times prices, in 10^-15 dollars.
class ExactSum {
 public:
  void add(int64_t count, PicoUsd price) { femto_usd_ += __int128{count} * price * 1000; }
  // `price` is for a thousand of what is counted: rows, milliseconds of a second.
  void add_thousandths(int64_t count, PicoUsd price) { femto_usd_ += __int128{count} * price; }
  // What was added by add() so far costs only so much: exactly, for it is a multiple of 1000.
  void reduce_to(int64_t percent) { femto_usd_ = femto_usd_ * percent / 100; }
  // At most kMaxCallNanoUsd.
  NanoUsd nano_usd_rounded_up() const {
    constexpr __int128 kFemtoPerNano = 1'000'000;
    const __int128 nano = (femto_usd_ + kFemtoPerNano - 1) / kFemtoPerNano;
    return nano > kMaxCallNanoUsd ? kMaxCallNanoUsd : static_cast<NanoUsd>(nano);
  }

 private:
  __int128 femto_usd_ = 0;
};

}  // namespace tandem::cost
