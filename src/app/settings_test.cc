// The configuration of interfaces.md, and what is wrong with others.
#include "app/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::app {
namespace {

using testing::HasSubstr;

Result<Settings> load(const std::string& yaml) {
  config::Layers layers;
  TRY_VOID(layers.file("tandem.yaml", yaml));
  TRY(auto loaded, config::load<Settings>(layers, Settings()));
  return std::move(loaded.value);
}

// interfaces.md, "Configuration", as far as these kinds of provider are there.
constexpr const char* kExample = R"(
providers:
  openai:   {kind: openai, base_url: https://api.openai.com/v1, api_key: env:OPENAI_API_KEY}
  local:    {kind: llama, model: smollm2-135m-instruct}
endpoints:
  chat:
    kind: chat
    targets: [{provider: openai, model: gpt-4o-mini, weight: 1}]
    fallback: [{provider: local}]
    retries: 2
    timeouts: {first_byte_ms: 20000, idle_ms: 15000, total_ms: 300000}
prices:
  gpt-4o-mini: {input: 0.15, cached_input: 0.075, output: 0.60}
projects:
  default: {budget: {nano_usd: 10_000_000_000, period: month}}
journal_sync: {interval_ms: 10}
)";

TEST(Settings, TheExampleOfTheInterfaces) {
  const auto settings = load(kExample);
  ASSERT_TRUE(settings) << settings.error().describe();
  EXPECT_EQ(settings->listen, "127.0.0.1:8900");
  EXPECT_EQ(settings->grpc_listen, "127.0.0.1:8901");
  EXPECT_EQ(settings->data_dir, "./tandem-data");
  const auto& chat = settings->endpoints.at("chat");
  EXPECT_EQ(chat.targets.at(0).model, "gpt-4o-mini");
  EXPECT_EQ(chat.fallback.at(0).provider, "local");
  EXPECT_EQ(chat.retries.max, 2);
  EXPECT_EQ(chat.timeouts.first_byte_ms, 20'000);
  EXPECT_EQ(settings->journal_sync.interval_ms, 10);
  const auto budgets = settings->budgets();
  ASSERT_EQ(budgets.size(), 1u);
  EXPECT_EQ(budgets[0].id, "default");
  EXPECT_EQ(budgets[0].config.nano_usd, 10'000'000'000);
}

TEST(Settings, EveryKeyHasADefault) {
  const auto settings = load("{}");
  ASSERT_TRUE(settings) << settings.error().describe();
  EXPECT_EQ(settings->traces.keep_days, 0);
  EXPECT_TRUE(settings->declared_projects().empty());
}

TEST(Settings, ProjectsOfTheFile) {
  const auto settings = load("projects: {default: {}, billing: {description: Invoices.}}");
  ASSERT_TRUE(settings) << settings.error().describe();
  const auto declared = settings->declared_projects();
  ASSERT_EQ(declared.size(), 2u);
  EXPECT_EQ(declared[0].name, "billing");
  EXPECT_EQ(declared[0].description, "Invoices.");
  EXPECT_EQ(declared[1].name, "default");
  EXPECT_TRUE(settings->budgets().empty());
}

TEST(Settings, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> bad[] = {
      {"endpoint: {}", "endpoints"},  // names the nearest known key
      {"listen: nowhere", "HOST:PORT"},
      {"endpoints: {chat: {targets: [{provider: nobody}]}}", "which is not under providers"},
      {"projects: {'two words': {}}", "two words"},
      {"traces: {keep_days: -1}", "keep_days"},
      {"journal_sync: {mode: sometimes}", "always, interval or os"},
      {"providers: {x: {kind: openai}}", "base_url"},
      {"providers: {x: {base_url: 'http://x', api_key: sk-plain}}", "api_key"},
  };
  for (const auto& [yaml, why] : bad) {
    const auto settings = load(yaml);
    ASSERT_FALSE(settings) << yaml;
    EXPECT_EQ(settings.error().code, Code::InvalidArgument) << yaml;
    EXPECT_THAT(settings.error().describe(), HasSubstr(why)) << yaml;
  }
}

TEST(ParseListen, HostAndPort) {
  EXPECT_EQ(*parse_listen("127.0.0.1:8900"),
            std::make_pair(std::string("127.0.0.1"), uint16_t{8900}));
  EXPECT_EQ(*parse_listen("[::1]:0"), std::make_pair(std::string("::1"), uint16_t{0}));
  EXPECT_EQ(parse_listen("host:65535")->second, 65535);
  for (const char* bad : {"", "host", ":80", "host:", "host:65536", "host:-1", "host:8x"}) {
    EXPECT_FALSE(parse_listen(bad)) << bad;
  }
}

}  // namespace
}  // namespace tandem::app
