// From one dialect to the other: what arrives is written out by hand.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"
#include "gateway/openai/dialect.h"

namespace tandem::gateway::messages {
namespace {

// clang-format off
TEST(Crossing, ARequestWithToolsAndThinkingReachesOpenAi) {
  const auto request = anthropic::dialect().read_request(R"({"model":"chat","max_tokens":100,"top_k":5,
      "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Be kind."}],
      "messages":[{"role":"user","content":"Weather?"},
        {"role":"assistant","content":[{"type":"thinking","thinking":"I look.","signature":"c2ln"},
          {"type":"text","text":"One moment."},{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Paris"}},
          {"type":"tool_use","id":"toolu_2","name":"map","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"18 C"},
          {"type":"tool_result","tool_use_id":"toolu_2","content":[{"type":"image","source":{"type":"base64",
            "media_type":"image/png","data":"iVBORw0KGgo="}}]},{"type":"text","text":"Go on."}]}],
      "tools":[{"name":"weather","description":"Now.","input_schema":{"type":"object"}}],
      "tool_choice":{"type":"any"},"stop_sequences":["END"]})");
  ASSERT_TRUE(request) << request.error().message;
  const auto written = openai::dialect().write_request(*request, {.model = "gpt-4o"});
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(boost::json::parse(written->body), boost::json::parse(R"({"model":"gpt-4o","max_tokens":100,"stop":["END"],
      "messages":[{"role":"system","content":"Be brief.\n\nBe kind."},{"role":"user","content":"Weather?"},
        {"role":"assistant","reasoning_content":"I look.","content":"One moment.","tool_calls":[
          {"id":"toolu_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},
          {"id":"toolu_2","type":"function","function":{"name":"map","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"toolu_1","content":"18 C"},{"role":"tool","tool_call_id":"toolu_2","content":""},
        {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},
          {"type":"text","text":"Go on."}]}],
      "tools":[{"type":"function","function":{"name":"weather","description":"Now.","parameters":{"type":"object"}}}],
      "tool_choice":"required"})")) << written->body;
  EXPECT_EQ(written->dropped, (std::vector<std::string>{"cache_control", "signature", "top_k"}));
}

TEST(Crossing, AnAnthropicAnswerReachesAnOpenAiClientWithCachedTokensCountedOnce) {
  const auto answer = anthropic::dialect().read_answer(R"({"id":"msg_1","type":"message","role":"assistant","model":"claude",
      "content":[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"text","text":"4"}],"stop_reason":"end_turn",
      "stop_sequence":null,"usage":{"input_tokens":10,"cache_read_input_tokens":30,"cache_creation_input_tokens":5,"output_tokens":7}})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(boost::json::parse(openai::dialect().write_answer(*answer, {.model = "chat", .created_s = 9})),
      boost::json::parse(R"({"id":"msg_1","object":"chat.completion","created":9,"model":"chat","choices":[{"index":0,
      "message":{"role":"assistant","reasoning_content":"Hm.","content":"4"},"finish_reason":"stop"}],
      "usage":{"prompt_tokens":45,"completion_tokens":7,"total_tokens":52,"prompt_tokens_details":{"cached_tokens":30,
      "cache_write_tokens":5},"completion_tokens_details":{"reasoning_tokens":0}}})"));
}

TEST(Crossing, AnOpenAiStreamReachesAnAnthropicClientAndComesBack) {
  const char* stream[] = {
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]})",
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function",
        "function":{"name":"f","arguments":"{\"a\""}}]},"finish_reason":null}]})",
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,
        "function":{"arguments":":1}"}}]},"finish_reason":null}]})",
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})"};
  auto reader = openai::dialect().read_stream();
  auto writer = anthropic::dialect().write_stream({.model = "chat"});
  std::vector<Event> events;
  for (const char* data : stream) ASSERT_TRUE(reader->read(data, events));
  std::string out;
  for (const Event& event : events) writer->write(event, out);
  cost::Usage usage;
  usage.input_tokens = 9;
  usage.output_tokens = 4;
  writer->finish(usage, {.model = "chat"}, out);
  auto back = anthropic::dialect().read_stream();
  std::vector<Event> again;
  std::string names;
  for (size_t at = out.find("data: "); at != std::string::npos; at = out.find("data: ", at + 1)) {
    const std::string data = out.substr(at + 6, out.find('\n', at) - at - 6);
    names += std::string(boost::json::parse(data).at("type").as_string()) + " ";
    ASSERT_TRUE(back->read(data, again)) << data;
  }
  EXPECT_EQ(names, "message_start content_block_start content_block_delta content_block_stop content_block_start "
                   "content_block_delta content_block_delta content_block_stop message_delta message_stop ");
  std::string text, arguments;
  for (const Event& event : again) {
    if (event.kind == Event::Kind::Delta) (event.part == 0 ? text : arguments) += event.text;
    if (event.kind == Event::Kind::ChoiceEnd) { EXPECT_EQ(event.finish, Finish::ToolUse); }
  }
  EXPECT_EQ(text, "Hi");
  EXPECT_EQ(arguments, R"({"a":1})");
}
// clang-format on

}  // namespace
}  // namespace tandem::gateway::messages
