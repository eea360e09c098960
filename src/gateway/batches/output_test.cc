// Lines as OpenAI's API reference shows them, and what a batch looks like.
#include "gateway/batches/output.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <boost/json.hpp>

#include "gateway/batches/request.h"

namespace tandem::gateway::batches {
namespace {

using boost::json::parse;

TEST(BatchOutput, AnAnswerIsOneLine) {
  std::string out;
  append_answer(out, {1, "request-2", "req_01ABC", 200, "{\n  \"id\": \"chatcmpl-1\"\r\n}"});
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  EXPECT_EQ(out.back(), '\n');
  EXPECT_EQ(parse(out), parse(R"({"id":"batch_req_01ABC","custom_id":"request-2","response":
      {"status_code":200,"request_id":"req_01ABC","body":{"id":"chatcmpl-1"}},"error":null})"));
}

TEST(BatchOutput, AnExpiredLineHasTheWordsOfTheReference) {
  std::string out;
  append_expired(out, "batch_01XYZ", 7, "request-3");
  EXPECT_EQ(parse(out), parse(R"({"id":"batch_req_01XYZ_7","custom_id":"request-3",
      "response":null,"error":{"code":"batch_expired","message":
      "This request could not be executed before the completion window expired."}})"));
}

const std::vector<std::string> kEndpoints = {"/v1/chat/completions", "/v1/embeddings"};

TEST(BatchRequest, IsReadAndWritten) {
  auto batch = read_create(
      R"({"input_file_id":"file-1","endpoint":"/v1/embeddings","completion_window":"24h",
          "metadata":{"job":"nightly \"1\""},
          "output_expires_after":{"anchor":"created_at","seconds":7200}})",
      kEndpoints);
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->output_keep_s, 7200);
  batch->id = "batch_1";
  batch->created_us = 1'711'471'533'000'000;
  batch->expires_us = 1'711'557'933'000'000;
  EXPECT_EQ(parse(batch_json(*batch)), parse(R"({"id":"batch_1","object":"batch",
      "endpoint":"/v1/embeddings","errors":null,"input_file_id":"file-1",
      "completion_window":"24h","status":"validating","output_file_id":null,"error_file_id":null,
      "created_at":1711471533,"in_progress_at":null,"expires_at":1711557933,"finalizing_at":null,
      "completed_at":null,"failed_at":null,"expired_at":null,"cancelling_at":null,
      "cancelled_at":null,"request_counts":{"total":0,"completed":0,"failed":0},
      "metadata":{"job":"nightly \"1\""}})"));
}

TEST(BatchRequest, ErrorsNameTheField) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({})", "input_file_id"},
      {R"({"input_file_id":"f","endpoint":"/v1/models"})", "endpoint"},
      {R"({"input_file_id":"f","endpoint":"/v1/embeddings","completion_window":"1h"})",
       "completion_window"},
      {R"({"input_file_id":"f","endpoint":"/v1/embeddings","completion_window":"24h",
           "metadata":{"a":1}})",
       "metadata"},
      {R"({"input_file_id":"f","endpoint":"/v1/embeddings","completion_window":"24h",
           "output_expires_after":{"anchor":"created_at","seconds":1}})",
       "output_expires_after.seconds"},
  };
  for (const auto& [body, param] : cases) {
    const auto batch = read_create(std::string(body), kEndpoints);
    ASSERT_FALSE(batch) << body;
    EXPECT_EQ(batch.error().param, param) << batch.error().message;
  }
}

TEST(LinesAllowed, LiveCallsTakeFromWhatBatchesMayDo) {
  const BatchesConfig config{.concurrency = 8, .least = 1};
  EXPECT_EQ(lines_allowed(config, 0), 8);
  EXPECT_EQ(lines_allowed(config, 3), 5);
  EXPECT_EQ(lines_allowed(config, 8), 1);
  EXPECT_EQ(lines_allowed(config, 1'000), 1);
  EXPECT_EQ(lines_allowed({.concurrency = 8, .least = 0}, 9), 0);
  EXPECT_EQ(lines_allowed({.concurrency = 2, .least = 5}, 9), 2);
}

}  // namespace
}  // namespace tandem::gateway::batches
