#include "cost/prices.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/config/read.h"
#include "base/time/calendar.h"
#include "cost/builtin_prices.h"
#include "cost/config.h"

namespace tandem::cost {
namespace {

Price at(std::string_view input) {
  const std::array<PriceField, 1> fields{{{"input", input}}};
  return parse_price(fields).value();
}

// The price of a million input tokens in whole dollars: which entry was found.
int64_t found(const Prices& prices, std::string_view model) {
  const Price* price = prices.find(model);
  return price == nullptr ? -1 : price->rates.rate(PriceClass::Input) / 1'000'000;
}

TEST(WithoutDateSuffix, CutsOnlyDates) {
  EXPECT_EQ(without_date_suffix("gpt-4o-mini-2024-07-18"), "gpt-4o-mini");
  EXPECT_EQ(without_date_suffix("claude-3-5-sonnet-20241022"), "claude-3-5-sonnet");
  EXPECT_EQ(without_date_suffix("claude-sonnet-4-5@20250929"), "claude-sonnet-4-5");
  for (const char* same :
       {"gpt-4o", "model-12345678", "model-20241322", "model-20240732", "-20241022", "2024-07-18",
        "gpt-4-0613", "x-2024-7-18", "", "m-1924-07-18"}) {
    EXPECT_EQ(without_date_suffix(same), same);
  }
}

TEST(PricesFind, FollowsTheDocumentedOrder) {
  const Prices prices({{"acme/m-2024-07-18", at("1")},
                       {"m-2024-07-18", at("2")},
                       {"acme/m", at("3")},
                       {"m", at("4")},
                       {"m*", at("5")},
                       {"m-2*", at("6")},
                       {"acme/m*", at("7")},
                       {"*", at("8")}},
                      {});
  EXPECT_EQ(found(prices, "acme/m-2024-07-18"), 1) << "exact";
  EXPECT_EQ(found(prices, "other/m-2024-07-18"), 2) << "without provider";
  EXPECT_EQ(found(prices, "acme/m-2025-01-01"), 3) << "without date";
  EXPECT_EQ(found(prices, "other/m-20250101"), 4) << "without provider and date";
  EXPECT_EQ(found(prices, "m-nano"), 5) << "prefix";
  EXPECT_EQ(found(prices, "m-2x"), 6) << "the longest prefix";
  EXPECT_EQ(found(prices, "acme/m-2x"), 7) << "the longest prefix of either name";
  EXPECT_EQ(found(prices, "x"), 8);
  EXPECT_EQ(found(prices, "router/acme/m-2024-07-18"), 1) << "one provider prefix after another";
}

TEST(PricesFind, ConfiguredPricesComeBeforeBuiltInOnes) {
  const PriceMap builtin{{"gpt-4o", at("1")}, {"gpt-4o-mini", at("2")}};
  EXPECT_EQ(found(Prices({}, builtin), "gpt-4o"), 1);
  EXPECT_EQ(found(Prices({{"gpt-4o", at("9")}}, builtin), "gpt-4o-2024-08-06"), 9);
  EXPECT_EQ(found(Prices({{"gpt-4o*", at("9")}}, builtin), "gpt-4o-mini"), 9)
      << "even a configured prefix beats an exact built-in price";
  EXPECT_EQ(found(Prices({{"other*", at("9")}}, builtin), "openai/gpt-4o-mini"), 2);
  EXPECT_EQ(found(Prices({}, builtin), "gpt-99"), -1);
}

WallUs day(std::string_view text) {
  return *time::parse(text);
}

PriceSchedule schedule(std::string_view json) {
  return config::read_body<PriceConfig>(json).value().to_schedule();
}

std::string error_of(std::string_view json) {
  const auto config = config::read_body<PriceConfig>(json);
  return config ? std::string("accepted") : config.error().describe();
}

TEST(PriceSchedule, WhatHoldsAtATimeApplies) {
  const Prices prices({{"m", schedule(R"({"input": 1, "versions": [
                              {"effective_from": "2026-12-01", "input": 3},
                              {"effective_from": "2026-06-01T00:00:00+02:00", "input": 2,
                               "effective_until": "2026-09-01"}]})")},
                       {"m*", at("9")}},
                      {});
  const auto at_time = [&](std::string_view text) {
    const Price* price = prices.find("acme/m", day(text));
    return price == nullptr ? -1 : price->rates.rate(PriceClass::Input) / 1'000'000;
  };
  EXPECT_EQ(at_time("2020-01-01"), 1);
  EXPECT_EQ(at_time("2026-05-31T21:59:59.999999Z"), 1);
  EXPECT_EQ(at_time("2026-05-31T22:00:00Z"), 2) << "midnight of its zone";
  EXPECT_EQ(at_time("2026-08-31T23:59:59Z"), 2);
  EXPECT_EQ(at_time("2026-09-01"), 9) << "in a gap the next best name applies";
  EXPECT_EQ(at_time("2026-12-01"), 3);
  EXPECT_EQ(at_time("2999-01-01"), 3);
}

TEST(PriceSchedule, OverlapsAreErrorsThatNameBoth) {
  const std::string same = error_of(R"({"input": 1, "versions": [
      {"effective_from": "2026-12-01", "input": 3},
      {"effective_from": "2026-12-01", "input": 4}]})");
  EXPECT_NE(same.find("versions[0]"), std::string::npos) << same;
  EXPECT_NE(same.find("versions[1]"), std::string::npos) << same;
  const std::string long_one =
      error_of(R"({"input": 1, "effective_until": "2027-01-01", "versions": [
      {"effective_from": "2026-12-01", "input": 3}]})");
  EXPECT_NE(long_one.find("the price itself"), std::string::npos) << long_one;
  EXPECT_NE(long_one.find("2026-12-01T00:00:00"), std::string::npos) << long_one;
  EXPECT_NE(error_of(R"({"input": 1, "versions": [{"input": 2}]})").find("overlap"),
            std::string::npos);
  EXPECT_NE(
      error_of(R"({"input": 1, "effective_from": "2026-12-02", "effective_until": "2026-12-01"})")
          .find("ends before it begins"),
      std::string::npos);
  EXPECT_NE(error_of(R"({"input": 1, "effective_from": "soon"})").find("effective_from"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"versions": [{"effective_from": "2026-12-01"}]})").find("versions"),
            std::string::npos);
  EXPECT_EQ(error_of(R"({"versions": [{"effective_from": "2026-12-01", "input": 0}]})"),
            "accepted");
}

TEST(PriceSchedule, IdsFollowFromWhatAnEntrySays) {
  const auto ids = [](std::string_view json) {
    PriceSchedule made = schedule(json);
    made.name_entries(kConfiguredPrices, "m");
    std::vector<int64_t> out;
    for (const DatedPrice& entry : made.entries()) out.push_back(entry.price.id);
    return out;
  };
  const auto before = ids(R"({"input": 1})");
  const auto after =
      ids(R"({"input": 1, "versions": [{"effective_from": "2026-12-01", "input": 2}]})");
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0], before[0]) << "what it said before the change is what it said";
  EXPECT_NE(after[1], before[0]);
  EXPECT_NE(ids(R"({"input": 1, "batch_percent": 50})"), before);
  EXPECT_GT(before[0], 0);
  PriceSchedule other = schedule(R"({"input": 1})");
  other.name_entries(kConfiguredPrices, "n");
  EXPECT_NE(other.entries()[0].price.id, before[0]);
}

TEST(BuiltinPrices, HoldWhatProvidersPublish) {
  const Prices prices({}, builtin_prices());
  struct Case {
    const char* model;
    PriceClass price_class;
    const char* usd;
  };
  using enum PriceClass;
  // Read off the providers' price pages by hand.
  for (const Case& each : std::initializer_list<Case>{
           {"openai/gpt-4o-mini-2024-07-18", Input, "0.15"},
           {"gpt-4o-mini", CachedInput, "0.075"},
           {"gpt-4o-mini", Output, "0.6"},
           {"gpt-4o-2024-05-13", Input, "5"},
           {"gpt-4o-2024-08-06", Input, "2.5"},
           {"gpt-4.1", Output, "8"},
           {"o3", CachedInput, "0.5"},
           {"text-embedding-3-small", Input, "0.02"},
           {"text-embedding-3-large", Input, "0.13"},
           {"claude-sonnet-4-20250514", Output, "15"},
           {"claude-opus-4-1-20250805", CacheWrite, "18.75"},
           {"claude-3-haiku-20240307", CachedInput, "0.03"},
           {"claude-haiku-4-5", CacheWrite1h, "2"},
           {"gemini/gemini-2.5-flash", AudioInput, "1"},
           {"mistral-embed", Input, "0.1"},
           {"deepseek-chat", CachedInput, "0.028"},
           {"command-r-plus-08-2024", Output, "10"},
       }) {
    const Price* price = prices.find(each.model);
    ASSERT_NE(price, nullptr) << each.model;
    EXPECT_EQ(price->rates.rate(each.price_class), parse_usd_per_million(each.usd).value())
        << each.model;
  }
  EXPECT_EQ(prices.find("rerank-v3.5")->rates.rate(ThousandRows), parse_usd_per_unit("2").value());
  EXPECT_EQ(prices.find("whisper-1")->rates.rate(Second), parse_usd_per_unit("0.0001").value());
  EXPECT_GT(builtin_prices().size(), 150u);
}

TEST(PriceUsage, UnknownModelsCostNothingAndSaySo) {
  Usage usage;
  usage.input_tokens = 1000;
  const CostResult unknown = price_usage(usage, nullptr);
  EXPECT_EQ(unknown.nano_usd, 0);
  EXPECT_EQ(unknown.source, CostSource::Unknown);
  const Price price = at("1");
  EXPECT_EQ(price_usage(usage, &price).nano_usd, 1'000'000);
  EXPECT_EQ(price_usage(Usage{}, &price).source, CostSource::Prices) << "zero is a price";
}

TEST(PriceBook, SwapsWhileOthersRead) {
  PriceBook book({{"m", at("1")}});
  const auto before = book.current();
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i) book.configure({{"m", at(i % 2 == 0 ? "2" : "3")}});
  });
  for (int i = 0; i < 2000; ++i) {
    const int64_t price = found(*book.current(), "m");
    ASSERT_TRUE(price >= 1 && price <= 3);
  }
  writer.join();
  EXPECT_EQ(found(*before, "m"), 1) << "a snapshot never changes";
}

}  // namespace
}  // namespace tandem::cost
