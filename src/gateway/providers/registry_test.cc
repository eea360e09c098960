#include "gateway/providers/registry.h"

#include <gtest/gtest.h>

#include "base/config/read.h"
#include "gateway/openai/dialect.h"
#include "gateway/providers/provider_api.h"
#include "gateway/responses/dialect.h"

namespace tandem::gateway {
namespace {

Result<ProviderConfig> read(const std::string& json) {
  return config::read_body<ProviderConfig>(json);
}

std::string where(const ProviderConfig& config) {
  const auto url = base_url_of(config);
  return url ? (url->origin.tls ? "https://" : "http://") + url->origin.authority() + url->path
             : url.error().message;
}

TEST(ProviderKinds, EveryRowIsReadByItsName) {
  for (const auto& row : enum_names(ProviderKind{})) {
    const auto config = read(R"({"kind":")" + std::string(row.name) +
                             R"(","api_key":"env:KEY","base_url":"http://127.0.0.1:1/v1",
                                 "model":"m","region":"eu-west-1","project":"p"})");
    ASSERT_TRUE(config) << row.name << ": " << config.error().message;
    EXPECT_EQ(traits_of(config->kind).name, row.name);
    EXPECT_EQ(provider_kind(row.name), config->kind);
  }
}

TEST(ProviderKinds, OpenAiIsTheDefault) {
  EXPECT_EQ(traits_of(ProviderKind{}).name, "openai");
}

TEST(ProviderKinds, AnUnknownKindNamesTheKnownOnes) {
  const auto config = read(R"({"kind":"opanai"})");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("openai"), std::string::npos) << config.error().message;
}

TEST(ProviderKinds, ThePresetHasItsOwnAddressAndNeedsAKey) {
  const auto groq = read(R"({"kind":"groq","api_key":"env:KEY"})");
  ASSERT_TRUE(groq) << groq.error().message;
  EXPECT_EQ(where(*groq), "https://api.groq.com/openai/v1");
  const auto without = read(R"({"kind":"groq"})");
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().param, "api_key");
}

TEST(ProviderKinds, BaseUrlsAreTheSameWithAndWithoutTheirVersion) {
  EXPECT_EQ(where(*read(R"({"base_url":"http://h:1"})")), "http://h:1/v1");
  EXPECT_EQ(where(*read(R"({"base_url":"http://h:1/v1"})")), "http://h:1/v1");
  EXPECT_EQ(where(*read(R"({"base_url":"http://h:1/api/v3"})")), "http://h:1/api/v3");
  const std::string anthropic = R"({"kind":"anthropic","api_key":"env:K","base_url":")";
  EXPECT_EQ(where(*read(anthropic + R"(http://h:1"})")), "http://h:1/v1");
  EXPECT_EQ(where(*read(anthropic + R"(http://h:1/v1"})")), "http://h:1/v1");
  EXPECT_EQ(where(*read(anthropic + R"(http://h:1/proxy"})")), "http://h:1/proxy/v1");
}

TEST(ProviderKinds, GooglesAddressesNameVersionProjectAndLocation) {
  EXPECT_EQ(where(*read(R"({"kind":"gemini","api_key":"env:K"})")),
            "https://generativelanguage.googleapis.com/v1beta");
  EXPECT_EQ(where(*read(R"({"kind":"gemini","api_key":"env:K","base_url":"http://h:1"})")),
            "http://h:1/v1beta");
  const std::string vertex = R"({"kind":"vertex","api_key":"file:/k.json","project":"p-1")";
  EXPECT_EQ(where(*read(vertex + "}")),
            "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google");
  EXPECT_EQ(where(*read(vertex + R"(,"location":"europe-west4"})")),
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west4/"
            "publishers/google");
  const auto lost = read(R"({"kind":"vertex","api_key":"file:/k.json"})");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().param, "project");
}

TEST(ProviderKinds, WhatHasNoAddressOfItsOwnMustBeGivenOne) {
  const auto config = read(R"({"kind":"openai"})");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().param, "base_url");
}

TEST(ProviderKinds, OnlyOpenAiItselfIsAskedOverResponsesUnlessTheConfigurationSaysSo) {
  const auto asked = [](const std::string& json, const messages::Dialect& client) {
    const auto config = read(json);
    EXPECT_TRUE(config) << json;
    return &api_of(*config).dialect(&client) == &responses::provider_dialect();
  };
  const auto& chat = openai::dialect();
  const auto& client = responses::client_dialect();
  EXPECT_TRUE(asked(R"({"base_url":"https://api.openai.com/v1"})", client));
  EXPECT_FALSE(asked(R"({"base_url":"https://api.openai.com/v1"})", chat));
  EXPECT_FALSE(asked(R"({"base_url":"http://h:1"})", client));
  EXPECT_FALSE(asked(R"({"kind":"vllm"})", client));
  EXPECT_TRUE(asked(R"({"kind":"vllm","responses":"clients"})", client));
  EXPECT_FALSE(asked(R"({"kind":"vllm","responses":"clients"})", chat));
  EXPECT_TRUE(asked(R"({"kind":"vllm","responses":"always"})", chat));
  EXPECT_FALSE(asked(R"({"base_url":"https://api.openai.com","responses":"never"})", client));
  EXPECT_FALSE(asked(R"({"kind":"anthropic","api_key":"env:K","responses":"always"})", client));
}

}  // namespace
}  // namespace tandem::gateway
