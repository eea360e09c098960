#include "cost/price.h"

#include <gtest/gtest.h>

#include "base/config/write.h"
#include "cost/builtin_prices.h"
#include "cost/prices.h"
#include "cost/testing/price_of.h"

namespace tandem::cost {
namespace {

using testing::price_of;

std::string error_of(std::string_view json) {
  const auto config = config::read_body<PriceConfig>(json);
  EXPECT_FALSE(config.has_value()) << json;
  return config ? std::string() : config.error().describe();
}

TEST(ParsePrice, ReadsJsonNumbersAsDecimals) {
  // 0.1 + 0.2 style traps: no double is made of any of these.
  const Price price = price_of(
      R"({"input": 0.15 , "cached_input":"0.075","output":6e-1, "image": 0.039, "second": 1e-4})");
  EXPECT_EQ(price.rates.rate(PriceClass::Input), 150'000);
  EXPECT_EQ(price.rates.rate(PriceClass::CachedInput), 75'000);
  EXPECT_EQ(price.rates.rate(PriceClass::Output), 600'000);
  EXPECT_EQ(price.rates.rate(PriceClass::Image), 39'000'000'000);
  EXPECT_EQ(price.rates.rate(PriceClass::Second), 100'000'000);
}

TEST(ParsePrice, ClassesFallBackToTheOneThatContainsThem) {
  const Price price = price_of(R"({"input": 3, "cache_write": 3.75, "output": 15})");
  EXPECT_EQ(price.rates.rate(PriceClass::CachedInput), 3'000'000);
  EXPECT_EQ(price.rates.rate(PriceClass::CacheWrite1h), 3'750'000);
  EXPECT_EQ(price.rates.rate(PriceClass::AudioInput), 3'000'000);
  EXPECT_EQ(price.rates.rate(PriceClass::Reasoning), 15'000'000);
  EXPECT_EQ(price.rates.rate(PriceClass::Image), 0);
}

TEST(PriceConfig, SaysWhatIsWrong) {
  EXPECT_NE(error_of(R"({"inputs": 1})").find("input"), std::string::npos);
  EXPECT_NE(error_of(R"({})").find("at least one rate"), std::string::npos);
  EXPECT_NE(error_of(R"({"input": null})").find("at least one rate"), std::string::npos);
  EXPECT_NE(error_of(R"({"input": -1})").find("must be a decimal"), std::string::npos);
  EXPECT_NE(error_of(R"({"input": 0.00000001})").find("6 digits"), std::string::npos);
  EXPECT_NE(error_of(R"({"input": 2000000})").find("1000000"), std::string::npos);
  EXPECT_NE(error_of(R"({"input": 1, "long_context": {"above": 5}})").find("long_context"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"input": 1, "long_context": {"input": 5}})").find("above"),
            std::string::npos);
  for (const char* json : {"", "[]", "3", R"({"input": 1)", R"({"input": 1} x)", R"({"input": {}})",
                           R"({"input": 1, "input": 2})", R"({"input": true})"}) {
    error_of(json);
  }
}

TEST(PriceConfig, PrintsWhatItReads) {
  const Price price = price_of(
      R"({"input": 1.25, "cached_input": 0.125, "output": 10, "thousand_rows": 0.002,
          "long_context": {"above": 200000, "input": 2.5, "output": 15}})");
  const std::string json = config::to_json(PriceConfig::from_price(price));
  EXPECT_NE(json.find(R"("input":1.25,"cached_input":0.125)"), std::string::npos) << json;
  EXPECT_EQ(price_of(json), price);
  for (const auto& [model, builtin] : builtin_prices()) {
    Price entry = builtin.entries().front().price;
    entry.id = 0;  // it belongs to the table
    EXPECT_EQ(price_of(config::to_json(PriceConfig::from_price(entry))), entry) << model;
  }
}

TEST(ParsePrice, RefusesWhatTheTableMustNotHold) {
  const auto refuses = [](std::initializer_list<PriceField> fields) {
    return !parse_price({fields.begin(), fields.size()}).has_value();
  };
  EXPECT_TRUE(refuses({{"inptu", "1"}}));
  EXPECT_TRUE(refuses({{"input", "1"}, {"input", "1"}}));
  EXPECT_TRUE(refuses({}));
  EXPECT_TRUE(refuses({{"input", "1"}, {"long_context.above", "5"}}));
  EXPECT_TRUE(refuses({{"input", "1"}, {"long_context.input", "5"}}));
}

TEST(CostOf, LongContextBillsTheWholeCall) {
  // gemini-2.5-pro: up to 200,000 input tokens $1.25 and $10, above $2.50 and $15.
  const Prices prices({}, builtin_prices());
  const Price* price = prices.find("gemini-2.5-pro");
  ASSERT_NE(price, nullptr);
  Usage usage;
  usage.input_tokens = 200'000;
  usage.output_tokens = 1'000;
  EXPECT_EQ(cost_of(usage, *price), 250'000'000 + 10'000'000);
  usage.input_tokens = 200'001;
  EXPECT_EQ(cost_of(usage, *price), 500'002'500 + 15'000'000);
}

// 1 USD in, 2 USD out a million: 1000 and 2000 nano-dollars a token.
TEST(CostOf, ABatchPaysThePercentageOfItsTokens) {
  const Price price = price_of(R"({"input": 1, "cached_input": 0.1, "output": 2,
                                   "thousand_web_searches": 10, "batch_percent": 50})");
  Usage usage;
  usage.input_tokens = 30;
  usage.cached_input_tokens = 10;
  usage.output_tokens = 4;
  EXPECT_EQ(cost_of(usage, price), 20 * 1000 + 10 * 100 + 4 * 2000);
  EXPECT_EQ(cost_of(usage, price, Tier::Batch), (20 * 1000 + 10 * 100 + 4 * 2000) / 2);
  usage.web_searches =
      3;  // 10 USD a thousand: 10^7 nano-dollars each, which no batch makes cheaper
  EXPECT_EQ(cost_of(usage, price, Tier::Batch), 14'500 + 30'000'000);
  // Half of one pico-dollar a token is not lost: three tokens cost 1.5 pico, rounded up to a nano.
  Usage three;
  three.input_tokens = 3;
  EXPECT_EQ(cost_of(three, price_of(R"({"input": 0.000001, "batch_percent": 50})"), Tier::Batch),
            1);
  three.input_tokens = 2'001;  // 2001 * 0.5 pico = 1.0005 nano
  EXPECT_EQ(cost_of(three, price_of(R"({"input": 0.000001, "batch_percent": 50})"), Tier::Batch),
            2);
  const Price free = price_of(R"({"input": 1, "batch_percent": 0})");
  EXPECT_EQ(cost_of(usage, free, Tier::Batch), 0);
}

TEST(CostOf, ABatchMayHaveRatesOfItsOwn) {
  const Price price = price_of(R"({"input": 1, "output": 2, "batch": {"input": 0.3},
                                   "long_context": {"above": 10, "input": 5}})");
  Usage usage;
  usage.input_tokens = 100;
  usage.output_tokens = 1;
  EXPECT_EQ(cost_of(usage, price), 100 * 5000 + 2000) << "long";
  EXPECT_EQ(cost_of(usage, price, Tier::Batch), 100 * 300 + 2000);
  EXPECT_NE(error_of(R"({"input": 1, "batch": {"input": 1}, "batch_percent": 5})").find("batch"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"input": 1, "batch_percent": 101})").find("batch_percent"),
            std::string::npos);
}

// gpt-image style: text and image tokens differ in both directions.
TEST(CostOf, ImagesToolsAndRequestsHaveClassesOfTheirOwn) {
  const Price price = price_of(R"({"input": 5, "image_input": 10, "output": 20, "image_output": 40,
                                   "thousand_tool_calls": 2.5, "request": 0.005})");
  Usage usage;
  usage.input_tokens = 100;
  usage.image_input_tokens = 60;
  usage.output_tokens = 50;
  usage.image_output_tokens = 50;
  usage.tool_calls = 2;
  // 40*5000 + 60*10000 + 50*40000 nano-dollars, two calls at 0.0025 USD, 0.005 USD for the request
  EXPECT_EQ(cost_of(usage, price), 200'000 + 600'000 + 2'000'000 + 5'000'000 + 5'000'000);
  EXPECT_EQ(cost_of(Usage{}, price), 5'000'000) << "the request alone";
}

TEST(CostOf, AnthropicCacheWritesOfFiveMinutesAndAnHour) {
  // claude-sonnet-4-5: $3 in, $0.30 cache read, $3.75 and $6 cache write, $15 out.
  const Prices prices({}, builtin_prices());
  Usage usage;
  usage.input_tokens = 100 + 1000 + 500 + 200;
  usage.cached_input_tokens = 1000;
  usage.cache_write_input_tokens = 700;
  usage.cache_write_1h_input_tokens = 200;
  usage.output_tokens = 10;
  const Price* price = prices.find("claude/claude-sonnet-4-5-20250929");
  ASSERT_NE(price, nullptr);
  // 100*3000 + 1000*300 + 500*3750 + 200*6000 + 10*15000 nano-dollars
  EXPECT_EQ(cost_of(usage, *price), 300'000 + 300'000 + 1'875'000 + 1'200'000 + 150'000);
}

}  // namespace
}  // namespace tandem::cost
