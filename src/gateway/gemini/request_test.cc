// What is noted of a request whose bytes pass, and what a provider of the same dialect is sent.
#include "gateway/gemini/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::gateway::gemini {
namespace {

using testing::ElementsAre;

std::vector<std::string> said(const Call& call) {
  std::vector<std::string> all;
  for (const TextSegment& text : call.texts) all.push_back(text.role + ": " + text.text);
  return all;
}

std::string param(Method method, std::string body) {
  const auto call = read_request(method, std::move(body));
  return call ? "fine" : call.error().param;
}

TEST(GeminiRequest, FindsEveryTextWithItsRole) {
  const auto call = read_request(Method::Generate, R"({
      "system_instruction":{"parts":{"text":"Be brief."}},
      "contents":[{"parts":[{"text":"Hi"}],"role":"user"},
        {"role":"model","parts":[{"text":"Hm","thought":true,"thoughtSignature":"c2lnbmF0dXJl"},
          {"functionCall":{"name":"f","args":{"data":"secret one","deep":["two"]}}}]},
        {"parts":[{"functionResponse":{"name":"f","response":{"output":"three"}}},
          {"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgoAAAANSUhEUg"}},
          {"fileData":{"fileUri":"https://example.com/secret?token=1"}}]}],
      "tools":[{"functionDeclarations":[{"name":"f","description":"A long description"}]}]})");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_THAT(said(*call),
              ElementsAre("system: Be brief.", "user: Hi", "assistant: Hm",
                          "assistant: secret one", "assistant: two", "tool: three", ": image/png",
                          ": https://example.com/secret?token=1", ": A long description"));
}

TEST(GeminiRequest, NotesLimitsAndChoices) {
  const auto call = read_request(Method::Generate, R"({"contents":{"parts":{"text":"x"}},
      "generationConfig":{"maxOutputTokens":"77","candidate_count":3}})");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->max_output_tokens, 77);
  EXPECT_EQ(call->choices, 3);
  EXPECT_TRUE(call->wants_usage);
  EXPECT_EQ(call->kind, CallKind::Chat);
}

TEST(GeminiRequest, AWrongFieldIsNamed) {
  EXPECT_EQ(param(Method::Generate, "{}"), "contents");
  EXPECT_EQ(param(Method::CountTokens, "{}"), "contents");
  EXPECT_EQ(param(Method::Embed, "{}"), "content");
  EXPECT_EQ(param(Method::BatchEmbed, R"({"content":{}})"), "requests");
  EXPECT_EQ(
      param(Method::Generate, R"({"contents":[{}],"generationConfig":{"maxOutputTokens":1.5}})"),
      "generationConfig.maxOutputTokens");
  EXPECT_EQ(param(Method::Generate, R"({"contents":[{}],"generationConfig":{"candidateCount":0}})"),
            "generationConfig.candidateCount");
  EXPECT_FALSE(read_request(Method::Generate, "[]"));
  EXPECT_FALSE(read_request(Method::Generate, "{"));
}

TEST(GeminiRequest, BytesPassButForRedactionsAndTheModel) {
  const std::string body =
      R"({ "model" : "models/chat","contents":[{"parts":[{"text":"my key"}]}], "novel": 1.50 })";
  auto call = read_request(Method::Generate, body);
  ASSERT_TRUE(call);
  ASSERT_EQ(call->texts.size(), 1u);
  call->redactions.replace(call->texts[0].token, "\"my ***\"");
  EXPECT_EQ(write_request(*call, "gemini-2.5-flash"),
            R"({ "model" : "models/gemini-2.5-flash","contents":[{"parts":[{"text":"my ***"}]}],)"
            R"( "novel": 1.50 })");
  const auto plain = read_request(Method::Generate, R"({"contents":[{"parts":[{"text":"x"}]}]})");
  EXPECT_EQ(write_request(*plain, "m"), plain->body);
}

TEST(GeminiRequest, ACountOfAWholeRequestIsThatRequest) {
  const auto call = read_request(Method::CountTokens,
                                 R"({"generateContentRequest": {"model":"models/x",
      "contents":[{"parts":[{"text":"hello"}]}]} })");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_TRUE(call->body.starts_with(R"({"model")"));
  EXPECT_THAT(said(*call), ElementsAre("user: hello"));
}

TEST(GeminiRequest, EmbeddingsHaveOneInputForEachContent) {
  const auto one = read_request(Method::Embed,
                                R"({"content":{"parts":[{"text":"one"}]},
                                    "outputDimensionality":64,"taskType":"RETRIEVAL_QUERY"})");
  ASSERT_TRUE(one);
  EXPECT_THAT(one->inputs, ElementsAre("one"));
  EXPECT_EQ(one->dimensions, 64);
  EXPECT_EQ(one->kind, CallKind::Embedding);
  EXPECT_FALSE(one->is_batch);
  const auto batch =
      read_request(Method::BatchEmbed,
                   R"({"requests":[{"model":"models/e","content":{"parts":[{"text":"one"}]}},
                      {"model":"models/e","content":{"parts":[{"text":"two"}]}}]})");
  ASSERT_TRUE(batch);
  EXPECT_THAT(batch->inputs, ElementsAre("one", "two"));
  EXPECT_TRUE(batch->is_batch);
  EXPECT_EQ(batch->model_tokens.size(), 2u);
  // Two parts of one content are no two inputs.
  const auto mixed =
      read_request(Method::BatchEmbed,
                   R"({"requests":[{"content":{"parts":[{"text":"one"},{"text":"two"}]}},
                      {"content":{"parts":[{"inlineData":{"data":"iVBORw0KGgo="}}]}}]})");
  ASSERT_TRUE(mixed);
  EXPECT_TRUE(mixed->inputs.empty());
  EXPECT_EQ(mixed->texts.size(), 2u);
}

}  // namespace
}  // namespace tandem::gateway::gemini
