#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config/describe.h"
#include "base/config/load.h"
#include "base/config/secret.h"
#include "base/config/units.h"
#include "base/config/write.h"

namespace tandem::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum class Flavour { Chat, Embedding };
constexpr EnumName<Flavour> kFlavours[] = {
    {Flavour::Chat, "chat", "Text in, text out."},
    {Flavour::Embedding, "embedding", "Text in, vectors out."}};
constexpr auto enum_names(Flavour) {
  return std::span(kFlavours);
}

struct Timeouts {
  int64_t first_byte_ms = 20'000;
  int64_t total_ms = 300'000;

  template <class V>
  static void describe(V& v) {
    v.field("first_byte_ms", &Timeouts::first_byte_ms, "Longest wait for the first byte.")
        .range(1, 3'600'000);
    v.field("total_ms", &Timeouts::total_ms, "Longest whole call.").range(1, 3'600'000);
  }
  void validate(Errors& errors) const {
    if (first_byte_ms > total_ms) errors.field("first_byte_ms", "must not be above total_ms");
  }
};

struct Retries {
  uint32_t max = 2;
  std::vector<std::string> on = {"429", "5xx"};

  template <class V>
  static void describe(V& v) {
    v.field("max", &Retries::max, "Further tries.").range(0, 10);
    v.field("on", &Retries::on, "What is tried again.");
    v.template short_form<uint32_t>("N", "The number alone.",
                                    [](Retries& retries, uint32_t n) { retries.max = n; });
  }
};

struct Target {
  std::string provider;
  std::optional<std::string> model;
  double weight = 1;

  template <class V>
  static void describe(V& v) {
    v.field("provider", &Target::provider, "A name under providers.").required();
    v.field("model", &Target::model, "The provider's name of the model.");
    v.field("weight", &Target::weight, "Share of the traffic.").range(0, 1000);
  }
};

struct Endpoint {
  Flavour kind = Flavour::Chat;
  std::vector<Target> targets;
  Retries retries;
  Timeouts timeouts;
  std::optional<int64_t> budget_nano_usd;
  SecretRef key;
  Json parameters{"{}"};
  bool enabled = true;

  template <class V>
  static void describe(V& v) {
    v.meaning("What clients name as model.");
    v.field("kind", &Endpoint::kind, "What it does.");
    v.field("targets", &Endpoint::targets, "Where calls go.").at_most(3);
    v.field("retries", &Endpoint::retries, "Further tries.");
    v.field("timeouts", &Endpoint::timeouts, "How long to wait.");
    v.field("budget_nano_usd", &Endpoint::budget_nano_usd, "Limit.").range(0, INT64_MAX);
    v.field("key", &Endpoint::key, "The provider's key.");
    v.field("parameters", &Endpoint::parameters, "Sent along.");
    v.field("enabled", &Endpoint::enabled, "Off: 404.");
  }
};

struct Settings {
  std::string listen = "127.0.0.1:8900";
  std::map<std::string, Endpoint> endpoints;
  std::map<std::string, Decimal> prices;

  template <class V>
  static void describe(V& v) {
    v.field("listen", &Settings::listen, "Address and port.");
    v.field("endpoints", &Settings::endpoints, "By name.").keys([](std::string_view name) {
      return check_id_text(name, "endpoint");
    });
    v.field("prices", &Settings::prices, "By model.");
  }
};

constexpr std::string_view kWhole = R"(listen: 0.0.0.0:8900
endpoints:
  chat:
    kind: embedding
    targets: [{provider: openai, model: gpt-4o-mini, weight: 2.5}, {provider: local}]
    retries: 3
    timeouts:
      first_byte_ms: 10_000
    budget_nano_usd: 10_000_000_000
    key: env:OPENAI_API_KEY
    parameters: {temperature: 0.5, stop: ["a", b], seed: null}
prices: {gpt-4.1: 0.150, "odd name": 1e-7}
)";

Result<Loaded<Settings>> load_text(std::string_view text) {
  Layers layers;
  TRY_VOID(layers.file("tandem.yaml", text));
  return load<Settings>(layers);
}

std::string error_of(std::string_view text) {
  const auto loaded = load_text(text);
  return loaded ? "no error" : loaded.error().describe();
}

TEST(Config, ReadsEveryKindOfValue) {
  const auto loaded = load_text(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Endpoint& chat = loaded->value.endpoints.at("chat");
  EXPECT_EQ(loaded->value.listen, "0.0.0.0:8900");
  EXPECT_EQ(chat.kind, Flavour::Embedding);
  ASSERT_EQ(chat.targets.size(), 2u);
  EXPECT_EQ(chat.targets[0].model, "gpt-4o-mini");
  EXPECT_EQ(chat.targets[0].weight, 2.5);
  EXPECT_EQ(chat.targets[1].model, std::nullopt);
  EXPECT_EQ(chat.retries.max, 3u);
  EXPECT_THAT(chat.retries.on, ElementsAre("429", "5xx"));
  EXPECT_EQ(chat.timeouts.first_byte_ms, 10'000);
  EXPECT_EQ(chat.timeouts.total_ms, 300'000);
  EXPECT_EQ(chat.budget_nano_usd, 10'000'000'000);
  EXPECT_EQ(chat.key.print(), "env:OPENAI_API_KEY");
  EXPECT_EQ(chat.parameters.text, R"({"temperature":0.5,"stop":["a","b"],"seed":null})");
  EXPECT_EQ(loaded->value.prices.at("gpt-4.1").print(), "0.15");
  EXPECT_EQ(loaded->value.prices.at("odd name").print(), "0.0000001");
}

TEST(Config, AnEmptyFileIsAllDefaults) {
  for (std::string_view text : {"", "\n\n", "# nothing\n", "{}", "---\n"}) {
    const auto loaded = load_text(text);
    ASSERT_TRUE(loaded) << text << loaded.error().message;
    EXPECT_EQ(loaded->value.listen, "127.0.0.1:8900");
    EXPECT_TRUE(loaded->origins.empty() || loaded->origins.size() == 1);
  }
}

TEST(Config, NamesTheNearestKnownKeyAndThePlace) {
  EXPECT_EQ(error_of("endpoints:\n  chat:\n    timeouts:\n      first_byte: 1\n"),
            "tandem.yaml:4:7: endpoints.chat.timeouts.first_byte is not a known key. "
            "(Did you mean first_byte_ms?)"
            "");
  EXPECT_THAT(error_of("zzz: 1"), HasSubstr("Known keys: listen, endpoints, prices."));
}

TEST(Config, ReportsEveryProblemAtOnce) {
  const std::string all = error_of(R"(listne: x
endpoints:
  chat:
    kind: chatt
    retries: many
    timeouts: {first_byte_ms: 0, total_ms: "5"}
    targets: {provider: a}
    enabled: yes
    key: sk-live-abcdef
  "bad name": {}
  deep: {targets: [{model: m}, {provider: p, weight: 1001}]}
)");
  EXPECT_THAT(all, HasSubstr("11 problems:"));
  EXPECT_THAT(all, HasSubstr("tandem.yaml:1:1: listne is not a known key. Did you mean listen?"));
  EXPECT_THAT(all,
              HasSubstr("tandem.yaml:4:11: endpoints.chat.kind must be one of chat, embedding, "
                        "found chatt. Did you mean chat?"));
  EXPECT_THAT(all, HasSubstr("5:14: endpoints.chat.retries must be a whole number, found many."));
  EXPECT_THAT(all, HasSubstr("6:31: endpoints.chat.timeouts.first_byte_ms must be between 1 and "
                             "3600000, found 0."));
  EXPECT_THAT(all, HasSubstr("endpoints.chat.timeouts.total_ms must be a whole number, found the "
                             "text \"5\". Remove the quotes."));
  EXPECT_THAT(all, HasSubstr("endpoints.chat.targets must be a list, found a mapping."));
  EXPECT_THAT(all, HasSubstr("endpoints.chat.enabled must be true or false, found yes."));
  EXPECT_THAT(all, HasSubstr("endpoints.chat.key must be a reference to a secret"));
  EXPECT_THAT(all, HasSubstr("endpoints[\"bad name\"] is no good name"));
  EXPECT_THAT(all, HasSubstr("endpoints.deep.targets[0].provider is required."));
  EXPECT_THAT(all, HasSubstr("endpoints.deep.targets[1].weight must be between 0 and 1000"));
  EXPECT_THAT(all, testing::Not(HasSubstr("sk-live")));
}

TEST(Config, NullIsTheDefaultAndNothingIsAMistake) {
  const auto loaded = load_text("listen: null\nendpoints: {a: {budget_nano_usd: ~, key: null}}");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->value.listen, "127.0.0.1:8900");
  EXPECT_THAT(error_of("listen:\nendpoints:\n"), HasSubstr("listen must be text, found nothing"));
}

TEST(Config, AppliesRangesAndRulesAcrossFields) {
  EXPECT_THAT(error_of("endpoints: {chat: {timeouts: {total_ms: 5}}}"),
              HasSubstr("endpoints.chat.timeouts.first_byte_ms must not be above total_ms"));
  EXPECT_THAT(error_of("endpoints: {chat: {retries: 11}}"),
              HasSubstr("endpoints.chat.retries must be between 0 and 10, found 11"));
  EXPECT_THAT(error_of("endpoints: {chat: {retries: {max: -1}}}"),
              HasSubstr("retries.max must be between 0 and 4294967295, found -1"));
  EXPECT_THAT(error_of("endpoints: {c: {targets: [{provider: a}, {provider: a}, {provider: a}, "
                       "{provider: a}]}}"),
              HasSubstr("endpoints.c.targets must have at most 3 entries"));
}

TEST(Config, LaterLayersWinAndOriginsSayWho) {
  Layers layers;
  ASSERT_TRUE(layers.file("tandem.yaml", "listen: a:1\nendpoints:\n  chat:\n    retries: 3\n"));
  ASSERT_TRUE(layers.set("listen", "[::1]:0", {From::Flag, "--listen"}));
  ASSERT_TRUE(layers.set("endpoints.chat.timeouts.total_ms", "50000", {From::Environment, "T_MS"}));
  ASSERT_TRUE(layers.set("prices[\"a.b\"]", "2", {From::Flag, "--set"}));
  const auto loaded = load<Settings>(layers);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->value.listen, "[::1]:0");
  EXPECT_EQ(loaded->value.prices.at("a.b").print(), "2");
  EXPECT_EQ(loaded->origins.at("listen").describe(), "flag --listen");
  EXPECT_EQ(loaded->origins.at("endpoints.chat.retries").describe(), "tandem.yaml:4");
  EXPECT_EQ(loaded->origins.at("endpoints.chat.timeouts.total_ms").describe(), "env T_MS");
  EXPECT_FALSE(loaded->origins.contains("endpoints.chat.timeouts.first_byte_ms"));
}

TEST(Config, AWrongFlagIsNamedAsTheFlag) {
  Layers layers;
  ASSERT_TRUE(layers.set("endpoints.chat.retries", "x", {From::Flag, "--set"}));
  const auto loaded = load<Settings>(layers);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message,
            "flag --set: endpoints.chat.retries must be a whole number, found x.");
}

TEST(Config, PrintsYamlThatReadsBackToTheSame) {
  const auto loaded = load_text(kWhole);
  ASSERT_TRUE(loaded);
  const std::string yaml = print_yaml(loaded->value, loaded->origins);
  EXPECT_THAT(yaml, HasSubstr("first_byte_ms: 10000"));
  EXPECT_THAT(yaml, testing::ContainsRegex("first_byte_ms: 10000 +# tandem.yaml:8"));
  EXPECT_THAT(yaml, testing::ContainsRegex("total_ms: 300000 +# default"));
  const auto again = load_text(yaml);
  ASSERT_TRUE(again) << again.error().message << yaml;
  EXPECT_EQ(to_json(again->value), to_json(loaded->value)) << yaml;
}

TEST(Config, DiffNamesWhatChanged) {
  Settings before;
  before.endpoints["chat"].targets = {Target{"a", "m", 1}};
  Settings after = before;
  after.listen = "x:1";
  after.endpoints["chat"].targets.push_back(Target{"b", {}, 1});
  after.endpoints["chat"].budget_nano_usd = 5;
  after.prices["m"] = *Decimal::parse("0.5");
  EXPECT_THAT(
      diff(before, after),
      ElementsAre(
          Change{"listen", "\"127.0.0.1:8900\"", "\"x:1\""},
          Change{"endpoints.chat.targets[1]", "", R"({"provider":"b","model":null,"weight":1})"},
          Change{"endpoints.chat.budget_nano_usd", "", "5"}, Change{"prices.m", "", "0.5"}));
  EXPECT_TRUE(diff(before, before).empty());
}

TEST(Config, BodiesAreStrictJson) {
  const auto body = read_body<Target>(R"({"provider":"a","weight":2})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->weight, 2);
  const auto number = read_body<Target>("{\n \"provider\": 5}");
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().message, "provider must be text, found 5 (line 2, column 14).");
  EXPECT_EQ(number.error().param, "provider");
  EXPECT_EQ(read_body<Target>("provider: a").error().code, Code::InvalidArgument);
  EXPECT_EQ(read_body<Target>("").error().param, "provider");
}

struct Nested {
  std::string name = "x";
  std::optional<Target> target;
  std::optional<int64_t> limit = 3;
  template <class V>
  static void describe(V& v) {
    v.field("name", &Nested::name, "").required();
    v.field("target", &Nested::target, "");
    v.field("limit", &Nested::limit, "");
  }
};

TEST(Config, APatchKeepsWhatItDoesNotNameAndNullClears) {
  const auto named = patch_body<Nested>(R"({"limit":null})", Nested{"n", Target{"p", "m", 2}, 3});
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(to_json(*named),
            R"({"name":"n","target":{"provider":"p","model":"m","weight":2},"limit":null})");
  // A nested object that exists is patched too; a new one must be whole.
  const auto deep =
      patch_body<Nested>(R"({"target":{"weight":5}})", Nested{"n", Target{"p", {}, 2}, 3});
  ASSERT_TRUE(deep) << deep.error().message;
  EXPECT_EQ(deep->target->provider, "p");
  EXPECT_EQ(patch_body<Nested>(R"({"target":{"weight":5}})", Nested{}).error().param,
            "target.provider");
  EXPECT_EQ(patch_body<Nested>(R"({"name":null})", Nested{}).error().param, "name");
  // What is not optional goes back to its default.
  const auto reset = patch_body<Target>(R"({"weight":null})", Target{"p", "m", 2});
  ASSERT_TRUE(reset) << reset.error().message;
  EXPECT_EQ(reset->weight, 1);
}

}  // namespace
}  // namespace tandem::config
