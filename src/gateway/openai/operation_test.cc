// Requests and answers of what is no chat, in the shapes of the providers' API references.
#include "gateway/openai/operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/openai/operation_answer.h"
#include "gateway/openai/rerank_answer.h"

namespace tandem::gateway::openai {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Call> read(std::string_view path, std::string body, std::string_view content_type = {}) {
  return read_operation(operation_of(path), content_type, std::move(body));
}

std::vector<std::string> texts(const Call& call) {
  std::vector<std::string> all;
  for (const TextSegment& segment : call.texts) all.push_back(segment.text);
  return all;
}

TEST(Operation, ARerankHasAQueryAndDocuments) {
  const auto call =
      read("/rerank", R"({"model":"rerank","query":"q","documents":["one",{"text":"two",)"
                      R"("title":"a longer title"},"three"],"top_n":2,"max_tokens_per_doc":9})");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->kind, CallKind::Rerank);
  EXPECT_EQ(call->endpoint, "rerank");
  EXPECT_EQ(call->operation, "/rerank");
  EXPECT_THAT(call->inputs, ElementsAre("q", "one", "two", "three"));
  EXPECT_THAT(texts(*call), ElementsAre("q", "one", "two", "a longer title", "three"));
  EXPECT_EQ(call->top_n, 2);
  EXPECT_EQ(write_operation(*call, "m \"1\""),
            R"({"model":"m \"1\"","query":"q","documents":["one",{"text":"two",)"
            R"("title":"a longer title"},"three"],"top_n":2,"max_tokens_per_doc":9})");
}

TEST(Operation, SearchUnitsAreHundredsOfDocuments) {
  Call call;
  call.kind = CallKind::Rerank;
  for (const auto& [documents, units] : {std::pair{1, 1}, {100, 1}, {101, 2}, {1000, 10}}) {
    call.inputs.assign(static_cast<size_t>(documents) + 1, "x");
    EXPECT_EQ(billed_units(call), units) << documents;
  }
}

TEST(Operation, ARankingIsSortedAndCut) {
  Call call;
  call.kind = CallKind::Rerank;
  call.inputs = {"q", "a", "b", "c"};
  call.top_n = 2;
  call.return_documents = true;
  const std::string body = write_ranking(call, {{0.25, 0.75, 0.25}, 30}, "rerank");
  EXPECT_THAT(body, HasSubstr(R"("results":[{"index":1,"relevance_score":0.75,)"
                              R"("document":{"text":"b"}},{"index":0,)"));
  EXPECT_THAT(body, HasSubstr(R"("billed_units":{"search_units":1},"tokens":{"input_tokens":30})"));
}

TEST(Operation, AModerationMayLeaveTheModelOut) {
  const auto call = read("/moderations", R"({"input":["hello there",{"type":"text"}] })");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->endpoint, "moderation");
  EXPECT_EQ(write_operation(*call, "omni"),
            R"({"input":["hello there",{"type":"text"}] ,"model":"omni"})");
}

TEST(Operation, PicturesAreNoTexts) {
  const auto call = read("/moderations", R"({"model":"m","input":[{"type":"image_url",)"
                                         R"("image_url":{"url":"data:image/png;base64,AAAA"}},)"
                                         R"({"type":"text","text":"what is it"}]})");
  ASSERT_TRUE(call);
  EXPECT_THAT(texts(*call), ElementsAre("image_url", "what is it"));
}

constexpr std::string_view kForm =
    "--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nlisten\r\n"
    "--b\r\ncontent-disposition: form-data; name=\"file\"; "
    "filename=\"a.wav\"\r\n\r\nRIFF\r\n--x\r\n"
    "--b\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\nsay it\r\n"
    "--b\r\ncontent-disposition: form-data; name=\"language\"\r\n\r\nen\r\n--b--\r\n";
constexpr std::string_view kFormType = "multipart/form-data; boundary=b";

TEST(Operation, AFormGoesOnWithAnotherModelAndWithoutWhatTheGuardTookOut) {
  auto call = read("/audio/transcriptions", std::string(kForm), kFormType);
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->endpoint, "listen");
  EXPECT_EQ(call->content_type, kFormType);
  EXPECT_THAT(texts(*call), ElementsAre("say it"));
  EXPECT_EQ(call->milliseconds, 9 * 1000 / 2000);
  call->redactions.replace(call->texts[0].token, "[redacted]");
  std::string expected(kForm);
  expected.replace(expected.find("listen"), 6, "whisper-1");
  expected.replace(expected.find("say it"), 6, "[redacted]");
  EXPECT_EQ(write_operation(*call, "whisper-1"), expected);
}

TEST(Operation, ErrorsNameTheField) {
  struct Case {
    std::string_view path, body, type, param;
  };
  const Case cases[] = {
      {"/images/generations", R"({"model":"m"})", "", "prompt"},
      {"/images/generations", R"({"model":"m","prompt":"x","n":129})", "", "n"},
      {"/images/generations", R"({"prompt":"x"})", "", "model"},
      {"/audio/speech", R"({"model":"m","voice":"a"})", "", "input"},
      {"/audio/speech", R"({"model":"m","input":"x","stream_format":"sse"})", "", "stream_format"},
      {"/audio/transcriptions", "--b--", kFormType, "file"},
      {"/images/edits", "--b--", kFormType, "image"},
      {"/images/edits", "{}", "application/json", "content-type"},
      {"/images/edits", "--b\r\ncontent-disposition: form-data; name=n\r\n\r\nmany\r\n--b--",
       kFormType, "n"},
  };
  for (const Case& bad : cases) {
    const auto call = read(bad.path, std::string(bad.body), bad.type);
    ASSERT_FALSE(call) << bad.path << bad.body;
    EXPECT_EQ(call.error().param, bad.param) << call.error().message;
  }
}

cost::Usage expected_of(const Call& call) {
  cost::Usage usage;
  add_expected(call, usage);
  return usage;
}

TEST(Operation, WhatACallWillTakeIsExpected) {
  EXPECT_EQ(expected_of(*read("/images/generations", R"({"model":"m","prompt":"x","n":3})")).images,
            3);
  // Characters, not bytes.
  EXPECT_EQ(expected_of(*read("/audio/speech", R"({"model":"m","input":"Grüße aus Köln"})")).rows,
            14);
}

OperationAnswer answer_of(CallKind kind, std::string body) {
  auto answer = read_operation_answer(kind, body);
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? *answer : OperationAnswer();
}

TEST(OperationAnswer, EachProviderCountsInItsOwnWay) {
  const auto cohere = answer_of(CallKind::Rerank, R"({"results":[{"index":0,"relevance_score":1}],
      "id":"x","meta":{"api_version":{"version":"2"},"billed_units":{"search_units":2}}})");
  EXPECT_TRUE(cohere.whole);
  EXPECT_EQ(cohere.usage->rows, 2);
  EXPECT_TRUE(cohere.usage->reported);
  const auto jina = answer_of(CallKind::Rerank, R"({"model":"jina-reranker-v2","object":"list",
      "usage":{"total_tokens":815},"results":[]})");
  EXPECT_EQ(jina.usage->input_tokens, 815);
  const auto image = answer_of(CallKind::Image, R"({"created":1,"data":[{"b64_json":"AAAAAAAAAA"},
      {"b64_json":"AAAAAAAAAA"}],"usage":{"total_tokens":100,"input_tokens":60,"output_tokens":40,
      "input_tokens_details":{"text_tokens":10,"image_tokens":50}}})");
  EXPECT_EQ(image.usage->images, 2);
  EXPECT_EQ(image.usage->input_tokens, 60);
  EXPECT_EQ(image.usage->output_tokens, 40);
  EXPECT_TRUE(image.texts.empty());
  const auto whisper = answer_of(CallKind::Transcription,
                                 R"({"text":"hi","usage":{"type":"duration","seconds":8.5}})");
  EXPECT_EQ(whisper.usage->milliseconds, 8'500);
  const auto spoken = answer_of(CallKind::Transcription, R"({"text":"hi","usage":{"type":"tokens",
      "input_tokens":14,"input_token_details":{"text_tokens":4,"audio_tokens":10},
      "output_tokens":45,"total_tokens":59}})");
  EXPECT_EQ(spoken.usage->audio_input_tokens, 10);
  EXPECT_FALSE(answer_of(CallKind::Moderation, R"({"results":[]})").usage);
}

TEST(OperationAnswer, WhatIsNoAnswerIsSeen) {
  EXPECT_FALSE(answer_of(CallKind::Image, R"({"created":1})").whole);
  EXPECT_FALSE(answer_of(CallKind::Rerank, R"({"results":"none"})").whole);
  const auto error = answer_of(CallKind::Image, R"({"error":{"message":"No.","code":"bad"}})");
  ASSERT_TRUE(error.error);
  EXPECT_EQ(error.error->message, "No.");
  for (std::string body : {"", "[]", "\"x\"", "{", "{\"results\":[}"}) {
    const auto answer = read_operation_answer(CallKind::Rerank, body);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().code, Code::UpstreamError);
  }
  // Numbers that no provider can mean.
  const auto wild = answer_of(CallKind::Rerank, R"({"results":[],"usage":{"total_tokens":-5}})");
  EXPECT_EQ(wild.usage->input_tokens, 0);
}

}  // namespace
}  // namespace tandem::gateway::openai
