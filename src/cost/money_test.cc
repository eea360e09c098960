#include "cost/money.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

#include "cost/price.h"

namespace tandem::cost {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

// An independent reading of a decimal: Boost's rationals, one digit at a time.
cpp_rational rational_of(const std::string& text) {
  const size_t e = text.find_first_of("eE");
  const std::string mantissa = text.substr(0, e);
  const int exponent = e == std::string::npos ? 0 : std::stoi(text.substr(e + 1));
  cpp_rational value = 0;
  cpp_rational scale = 1;
  bool fraction = false;
  for (char c : mantissa) {
    if (c == '.') {
      fraction = true;
      continue;
    }
    value = value * 10 + (c - '0');
    if (fraction) scale *= 10;
  }
  value /= scale;
  for (int i = 0; i < exponent; ++i) value *= 10;
  for (int i = 0; i > exponent; --i) value /= 10;
  return value;
}

cpp_int rounded_up(const cpp_rational& value) {
  const cpp_int numerator = boost::multiprecision::numerator(value);
  const cpp_int denominator = boost::multiprecision::denominator(value);
  return (numerator + denominator - 1) / denominator;
}

TEST(ParseDecimal, ReadsExactly) {
  EXPECT_EQ(parse_usd_per_million("0.15").value(), 150'000);
  EXPECT_EQ(parse_usd_per_million("0.075").value(), 75'000);
  EXPECT_EQ(parse_usd_per_million("10").value(), 10'000'000);
  EXPECT_EQ(parse_usd_per_million("0").value(), 0);
  EXPECT_EQ(parse_usd_per_million(".5").value(), 500'000);
  EXPECT_EQ(parse_usd_per_million("5.").value(), 5'000'000);
  EXPECT_EQ(parse_usd_per_million("0.01875").value(), 18'750);
  EXPECT_EQ(parse_usd_per_million("00.150000000000").value(), 150'000);
  EXPECT_EQ(parse_usd_per_million("1.5e-1").value(), 150'000);
  EXPECT_EQ(parse_usd_per_million("15E+2").value(), 1'500'000'000);
  EXPECT_EQ(parse_usd_per_million("1000000").value(), 1'000'000'000'000);
  EXPECT_EQ(parse_usd_per_unit("0.0001").value(), 100'000'000);
  EXPECT_EQ(parse_usd_per_unit("0.000000000001").value(), 1);
  EXPECT_EQ(parse_usd_per_million("0e60").value(), 0);
}

TEST(ParseDecimal, RefusesRatherThanRounds) {
  for (const char* text :
       {"",   ".",  "-1",  "+1",  "1,5",   "1.2.3", "1e",     "1e+", "e5",    "0x10",
        " 1", "1 ", "NaN", "inf", "1_000", "1e999", "1e-999", "$1",  "1e1e1", "--1"}) {
    EXPECT_FALSE(parse_usd_per_million(text).has_value()) << text;
  }
  const auto fine = parse_usd_per_million("0.0000001", "prices.x.input");
  ASSERT_FALSE(fine.has_value());
  EXPECT_EQ(fine.error().code, Code::InvalidArgument);
  EXPECT_EQ(fine.error().param, "prices.x.input");
  EXPECT_NE(fine.error().message.find("at most 6 digits"), std::string::npos);
  EXPECT_FALSE(parse_usd_per_million("1000000.000001").has_value());
  EXPECT_FALSE(parse_usd_per_million("1e60").has_value());
  EXPECT_FALSE(parse_usd_per_million(std::string(65, '1')).has_value());
}

TEST(ParseDecimal, AgreesWithRationalsAndPrintsWhatItReads) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const int digits = static_cast<int>(random() % 13);
    std::string text = std::to_string(random() % 1'000'000);
    if (random() % 4 != 0) {
      text += '.';
      for (uint64_t n = random() % 8; n > 0; --n) text += static_cast<char>('0' + random() % 10);
    }
    if (random() % 4 == 0) text += "e" + std::to_string(static_cast<int>(random() % 9) - 4);
    cpp_rational exact = rational_of(text);
    for (int n = 0; n < digits; ++n) exact *= 10;
    const auto read = parse_decimal(text, digits, INT64_MAX, "x");
    const bool whole = boost::multiprecision::denominator(exact) == 1;
    const bool fits = exact <= cpp_rational(INT64_MAX);
    ASSERT_EQ(read.has_value(), whole && fits) << text << " with " << digits;
    if (!read) continue;
    ASSERT_EQ(cpp_rational(*read), exact) << text;
    const std::string printed = format_decimal(*read, digits);
    ASSERT_EQ(parse_decimal(printed, digits, INT64_MAX, "x").value(), *read) << printed;
  }
}

TEST(FormatDecimal, IsShortest) {
  EXPECT_EQ(format_decimal(150'000, 6), "0.15");
  EXPECT_EQ(format_decimal(0, 6), "0");
  EXPECT_EQ(format_decimal(10'000'000, 6), "10");
  EXPECT_EQ(format_decimal(1, 12), "0.000000000001");
  EXPECT_EQ(format_decimal(-1'500'000'000, 9), "-1.5");
  EXPECT_EQ(format_decimal(INT64_MIN, 0), "-9223372036854775808");
  EXPECT_EQ(format_usd(310'000), "0.00031 USD");
}

TEST(ExactSum, RoundsUpOnceNotPerTerm) {
  // Three terms of 0.4 pico-dollar tokens each: 1,200 fm ... one nano-dollar, not three.
  ExactSum sum;
  sum.add(1, 400);
  sum.add(1, 400);
  sum.add(1, 200);
  EXPECT_EQ(sum.nano_usd_rounded_up(), 1);
  sum.add_thousandths(1, 1);  // a thousandth of a pico-dollar more is still rounded up
  EXPECT_EQ(sum.nano_usd_rounded_up(), 2);
  EXPECT_EQ(ExactSum().nano_usd_rounded_up(), 0);
}

TEST(CostOf, IsWhatAHandComputes) {
  // gpt-4o-mini: 1,000 prompt tokens of which 400 cached, 200 completion tokens:
  // 600 * $0.15/M + 400 * $0.075/M + 200 * $0.60/M = $0.000090 + $0.000030 + $0.000120 = $0.00024.
  const std::array<PriceField, 3> fields{
      {{"input", "0.15"}, {"cached_input", "0.075"}, {"output", "0.60"}}};
  const Price price = parse_price(fields).value();
  Usage usage;
  usage.input_tokens = 1000;
  usage.cached_input_tokens = 400;
  usage.output_tokens = 200;
  EXPECT_EQ(cost_of(usage, price), 240'000);
  // One token at $0.15/M is 150 nano-dollars; one cached token 75.
  usage = Usage{};
  usage.input_tokens = 1;
  EXPECT_EQ(cost_of(usage, price), 150);
  usage.cached_input_tokens = 1;
  EXPECT_EQ(cost_of(usage, price), 75);
}

TEST(CostOf, RoundsFractionsOfANanoDollarUp) {
  const std::array<PriceField, 1> fields{{{"input", "0.0375"}}};  // 37.5 nano-dollars a token
  const Price price = parse_price(fields).value();
  Usage usage;
  usage.input_tokens = 1;
  EXPECT_EQ(cost_of(usage, price), 38);
  usage.input_tokens = 2;
  EXPECT_EQ(cost_of(usage, price), 75);
}

TEST(CostOf, AgreesWithRationalsOnRandomPricesAndUsage) {
  std::mt19937_64 random(42);
  const auto amount = [&](int64_t most) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(most));
  };
  for (int i = 0; i < 5'000; ++i) {
    Price price;
    std::array<cpp_rational, kPriceClasses> usd;  // per single unit
    const auto set = [&](PriceClass price_class, int64_t micro_per_million, int64_t divisor) {
      price.rates.set(price_class, micro_per_million);
      usd[static_cast<size_t>(price_class)] =
          cpp_rational(micro_per_million) / cpp_int("1000000000000") / divisor;
    };
    using enum PriceClass;
    for (PriceClass each : {Input, CachedInput, CacheWrite, CacheWrite1h, AudioInput, Output,
                            Reasoning, AudioOutput}) {
      set(each, amount(1'000'000'000), 1);
    }
    set(Image, amount(1'000'000'000'000), 1);
    set(Second, amount(1'000'000'000'000), 1000);
    set(ThousandRows, amount(1'000'000'000'000), 1000);
    set(ThousandWebSearches, amount(1'000'000'000'000), 1000);
    const auto rate = [&](PriceClass each) { return usd[static_cast<size_t>(each)]; };

    const int64_t plain = amount(2'000'000), cached = amount(100'000), writes = amount(100'000),
                  long_writes = amount(10'000), audio = amount(10'000), text = amount(100'000),
                  reasoning = amount(100'000), speech = amount(10'000);
    Usage usage;
    usage.input_tokens = plain + cached + writes + long_writes + audio;
    usage.cached_input_tokens = cached;
    usage.cache_write_input_tokens = writes + long_writes;
    usage.cache_write_1h_input_tokens = long_writes;
    usage.audio_input_tokens = audio;
    usage.output_tokens = text + reasoning + speech;
    usage.reasoning_tokens = reasoning;
    usage.audio_output_tokens = speech;
    usage.images = amount(5);
    usage.milliseconds = amount(100'000);
    usage.rows = amount(100'000);
    usage.web_searches = amount(10);

    const cpp_rational exact =
        plain * rate(Input) + cached * rate(CachedInput) + writes * rate(CacheWrite) +
        long_writes * rate(CacheWrite1h) + audio * rate(AudioInput) + text * rate(Output) +
        reasoning * rate(Reasoning) + speech * rate(AudioOutput) + usage.images * rate(Image) +
        usage.milliseconds * rate(Second) + usage.rows * rate(ThousandRows) +
        usage.web_searches * rate(ThousandWebSearches);
    ASSERT_EQ(cpp_int(cost_of(usage, price)), rounded_up(exact * cpp_int("1000000000")));
  }
}

TEST(CostOf, SurvivesWhatALyingProviderReports) {
  const std::array<PriceField, 3> fields{
      {{"input", "1000000"}, {"output", "1000000"}, {"image", "1000000"}}};
  const Price price = parse_price(fields).value();
  Usage usage;
  usage.input_tokens = INT64_MAX;
  usage.cached_input_tokens = INT64_MAX;
  usage.output_tokens = INT64_MAX;
  usage.reasoning_tokens = INT64_MIN;
  usage.images = INT64_MAX;
  EXPECT_EQ(cost_of(usage, price), kMaxCallNanoUsd);
  usage = Usage{};
  usage.input_tokens = -5;
  usage.cached_input_tokens = 10;
  EXPECT_EQ(cost_of(usage, price), 0);
}

}  // namespace
}  // namespace tandem::cost
