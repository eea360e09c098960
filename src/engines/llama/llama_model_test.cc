// The supervisor with the real engine and the real default chat model, as scripts/setup lays them.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "engines/llama/find.h"
#include "engines/llama/testing.h"

namespace tandem::engines {
namespace {

using testing::HasSubstr;

class LlamaModelTest : public ServerTest {
 protected:
  void SetUp() override {
    const auto model = find_model_file("smollm2-135m-instruct", cache_folder());
    const auto program = find_server_program({}, cache_folder());
    if (!model || !program) GTEST_SKIP() << "scripts/setup has not run";
    options_.name = "smollm2-135m-instruct";
    options_.model_file = *model;
    options_.program = *program;
    options_.context_tokens = 1'024;
    options_.parallel = 2;
  }
  LlamaOptions options_;
};

constexpr std::string_view kQuestion =
    R"({"model":"smollm2-135m-instruct","temperature":0,"max_tokens":12,"stream":true,)"
    R"("stream_options":{"include_usage":true},"messages":[{"role":"user",)"
    R"("content":"What is the capital of France? Answer in one word."}]})";

// The text of a stream of chat completion chunks; "[DONE]" is appended where it came.
struct Answer {
  std::string text;
  int64_t chunks = 0;
  int64_t output_tokens = 0;
  bool done = false;
};
Answer read_stream(std::string_view body) {
  Answer answer;
  size_t at = 0;
  while ((at = body.find("data: ", at)) != std::string_view::npos) {
    at += 6;
    const std::string_view data = body.substr(at, body.find('\n', at) - at);
    if (data == "[DONE]") {
      answer.done = true;
      continue;
    }
    const auto chunk = boost::json::parse(data).as_object();
    ++answer.chunks;
    for (const auto& choice : chunk.at("choices").as_array()) {
      const auto* content = choice.at("delta").as_object().if_contains("content");
      if (content && content->is_string()) answer.text += content->as_string();
    }
    if (const auto* usage = chunk.if_contains("usage"); usage && usage->is_object()) {
      answer.output_tokens = usage->at("completion_tokens").as_int64();
    }
  }
  return answer;
}

TEST_F(LlamaModelTest, StreamsAChatCompletion) {
  LlamaServer server(supervisor_, options_);
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  const auto body =
      fetch(lease->base_url(), "/v1/chat/completions", lease->api_key(), std::string(kQuestion));
  ASSERT_TRUE(body);
  const Answer answer = read_stream(*body);
  EXPECT_TRUE(answer.done);
  EXPECT_THAT(answer.text, HasSubstr("Paris"));
  EXPECT_GT(answer.chunks, 2);
  EXPECT_GT(answer.output_tokens, 0);
  EXPECT_LE(answer.output_tokens, 12);
  EXPECT_GT(lease->cpu_us(), 1'000);
  EXPECT_GT(server.status().resident_bytes, 50'000'000U);
}

TEST_F(LlamaModelTest, OnlyALeaseOpensTheChild) {
  LlamaServer server(supervisor_, options_);
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  EXPECT_TRUE(fetch(lease->base_url(), "/health"));
  EXPECT_FALSE(fetch(lease->base_url(), "/v1/chat/completions", "", std::string(kQuestion)));
  EXPECT_FALSE(fetch(lease->base_url(), "/v1/chat/completions", "wrong", std::string(kQuestion)));
}

TEST_F(LlamaModelTest, AFileThatIsNoModelIsAClearError) {
  touch("broken.gguf");
  options_.model_file = path("broken.gguf");
  LlamaServer server(supervisor_, options_);
  const auto lease = acquire(server);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::Unavailable);
  EXPECT_THAT(lease.error().message, HasSubstr("broken.gguf"));
}

}  // namespace
}  // namespace tandem::engines
