// Against the examples of the OpenAI API reference (chat completion, chunk, embeddings, errors).
#include "gateway/openai/answer.h"

#include <gtest/gtest.h>

namespace tandem::gateway::openai {
namespace {

using Field = Channel::Field;

Answer read(std::string json) {
  auto answer = read_answer(json);
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? *std::move(answer) : Answer();
}

TEST(Answer, AWholeCompletion) {
  std::string json = R"({"id":"chatcmpl-123","object":"chat.completion","created":1677652288,
    "model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant",
    "content":"\n\nHello there, how may I assist you today?"},"logprobs":null,
    "finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,
    "completion_tokens_details":{"reasoning_tokens":5,"audio_tokens":2},
    "prompt_tokens_details":{"cached_tokens":4,"audio_tokens":1}}})";
  const Answer answer = read(json);
  EXPECT_EQ(answer.model, "gpt-4o-mini");
  ASSERT_EQ(answer.model_tokens.size(), 1u);
  EXPECT_EQ(answer.model_tokens[0].in(json), "\"gpt-4o-mini\"");
  EXPECT_TRUE(answer.has_choices);
  EXPECT_EQ(answer.choices, 1u);
  ASSERT_EQ(answer.ends.size(), 1u);
  EXPECT_EQ(answer.ends[0].reason, "stop");
  ASSERT_TRUE(answer.usage);
  EXPECT_TRUE(answer.usage->reported);
  EXPECT_EQ(answer.usage->input_tokens, 9);
  EXPECT_EQ(answer.usage->output_tokens, 12);
  EXPECT_EQ(answer.usage->cached_input_tokens, 4);
  EXPECT_EQ(answer.usage->audio_input_tokens, 1);
  EXPECT_EQ(answer.usage->reasoning_tokens, 5);
  EXPECT_EQ(answer.usage->audio_output_tokens, 2);
  EXPECT_EQ(json[*answer.usage_end], '}');
  EXPECT_EQ(*answer.usage_end, json.size() - 2);
  EXPECT_FALSE(answer.error);
}

// Found by stream_filter_fuzz: a place among the choices that holds no choice.
TEST(Answer, AChoiceThatIsNoObjectIsPassedOver) {
  const Answer answer =
      read(R"({"choices":[1,{"index":7,"delta":{"content":"a"}},2],"choices":[{"index":3}]})");
  ASSERT_EQ(answer.texts.size(), 1u);
  EXPECT_EQ(answer.texts[0].text, "a");
  EXPECT_EQ(answer.texts[0].channel.choice, 7);
  EXPECT_TRUE(read(R"({"choices":[0,0,0]})").texts.empty());
}

TEST(Answer, HasALimitOfChoices) {
  std::string json = "{\"choices\":[";
  for (int i = 0; i < 1025; ++i) json += "{\"index\":0},";
  json += "{}]}";
  const auto answer = read_answer(json);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::UpstreamError);
}

TEST(Answer, TextsNameTheirChannel) {
  std::string json = R"({"choices":[
    {"message":{"content":"answer","reasoning_content":"thought","refusal":"no",
      "tool_calls":[{"id":"call_1","type":"function",
                     "function":{"name":"f","arguments":"{\"a\":1}"}},
                    {"function":{"name":"g","arguments":"{}"}}]},"index":1},
    {"index":0,"message":{"content":"second"}}]})";
  const Answer answer = read(json);
  const auto text = [&](Channel channel) -> std::string {
    for (const AnswerText& piece : answer.texts) {
      if (piece.channel == channel) return piece.text;
    }
    return "(none)";
  };
  // The index comes after the message in the first choice.
  EXPECT_EQ(text({1, Field::Content, 0}), "answer");
  EXPECT_EQ(text({1, Field::Reasoning, 0}), "thought");
  EXPECT_EQ(text({1, Field::Refusal, 0}), "no");
  EXPECT_EQ(text({1, Field::Arguments, 0}), R"({"a":1})");
  EXPECT_EQ(text({1, Field::Arguments, 1}), "{}");
  EXPECT_EQ(text({0, Field::Content, 0}), "second");
  for (const AnswerText& piece : answer.texts) {
    EXPECT_EQ(piece.token.in(json).front(), '"');
  }
}

TEST(Answer, PiecesOfAStream) {
  const Answer answer = read(R"({"id":"1","object":"chat.completion.chunk","model":"m",
    "choices":[{"index":2,"delta":{"tool_calls":[{"index":3,"function":{"arguments":"{\"ci"}}]},
    "finish_reason":null}]})");
  ASSERT_EQ(answer.texts.size(), 1u);
  EXPECT_EQ(answer.texts[0].channel, (Channel{2, Field::Arguments, 3}));
  EXPECT_EQ(answer.texts[0].text, "{\"ci");
  EXPECT_TRUE(answer.ends.empty());
}

// With stream_options.include_usage the last chunk has usage and no choices.
TEST(Answer, TheUsageChunk) {
  const Answer answer = read(R"({"model":"m","choices":[],"usage":{"prompt_tokens":0,
    "completion_tokens":0,"total_tokens":0}})");
  EXPECT_TRUE(answer.has_choices);
  EXPECT_EQ(answer.choices, 0u);
  ASSERT_TRUE(answer.usage);
  EXPECT_EQ(answer.usage->input_tokens, 0);
  EXPECT_FALSE(read(R"({"choices":[],"usage":null})").usage);
  EXPECT_FALSE(read(R"({"choices":[]})").usage);
}

TEST(Answer, CompletionsAndEmbeddings) {
  const Answer completion = read(R"({"object":"text_completion","model":"m",
    "choices":[{"text":"This is a test","index":0,"logprobs":{"tokens":["x"]},
    "finish_reason":"length"}]})");
  ASSERT_EQ(completion.texts.size(), 1u);
  EXPECT_EQ(completion.texts[0].text, "This is a test");
  EXPECT_EQ(completion.ends[0].reason, "length");
  const Answer embedding = read(R"({"object":"list","data":[{"object":"embedding",
    "embedding":[0.0023064255,-0.009327292],"index":0}],"model":"text-embedding-3-small",
    "usage":{"prompt_tokens":8,"total_tokens":8}})");
  EXPECT_FALSE(embedding.has_choices);
  EXPECT_EQ(embedding.usage->input_tokens, 8);
}

// The Responses API and others say input_tokens and output_tokens.
TEST(Answer, OtherNamesOfUsage) {
  const Answer answer = read(R"({"choices":[],"usage":{"input_tokens":7,"output_tokens":3}})");
  EXPECT_EQ(answer.usage->input_tokens, 7);
  EXPECT_EQ(answer.usage->output_tokens, 3);
}

TEST(Answer, ErrorsBehindA200) {
  const Answer answer = read(R"({"error":{"message":"Rate limit reached","type":"requests",
    "param":null,"code":"rate_limit_exceeded"}})");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->message, "Rate limit reached");
  EXPECT_EQ(answer.error->type, "requests");
  EXPECT_EQ(answer.error->code, "rate_limit_exceeded");
  EXPECT_EQ(answer.error->param, "");
  EXPECT_EQ(read(R"({"error":"no such model"})").error->message, "no such model");
  EXPECT_FALSE(read(R"({"error":null,"choices":[]})").error);
}

TEST(Answer, RefusesWhatIsNoObject) {
  for (const char* bad : {"", "[]", "\"text\"", "<html>502</html>", "{\"choices\":[", "{}{}"}) {
    std::string json = bad;
    const auto answer = read_answer(json);
    ASSERT_FALSE(answer) << bad;
    EXPECT_EQ(answer.error().code, Code::UpstreamError) << bad;
  }
}

TEST(ReadError, TakesWhatTheBodySays) {
  const ProviderError said = read_error(
      R"({"error":{"message":"Incorrect API key provided","type":"invalid_request_error",
          "param":"key","code":"invalid_api_key"}})");
  EXPECT_EQ(said.message, "Incorrect API key provided");
  EXPECT_EQ(said.code, "invalid_api_key");
  EXPECT_EQ(said.param, "key");
  EXPECT_EQ(read_error("upstream connect error").message, "upstream connect error");
  EXPECT_EQ(read_error(std::string(5'000, 'x')).message.size(), 300u);
  EXPECT_EQ(read_error("").message, "");
}

}  // namespace
}  // namespace tandem::gateway::openai
