// A client of OpenAI's API at an Anthropic provider and the other way round: what one says arrives
// at the other as its own documentation would have written it.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"
#include "gateway/openai/dialect.h"

namespace tandem::gateway::anthropic {
namespace {

namespace bj = boost::json;
using messages::Dialect;

bj::value parsed(std::string_view text) {
  boost::system::error_code error;
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error);
  EXPECT_FALSE(error) << text;
  return value;
}

messages::Written translated(const Dialect& from, const Dialect& to, std::string_view body) {
  const auto request = from.read_request(body);
  EXPECT_TRUE(request) << request.error().message;
  if (!request) return {};
  auto written = to.write_request(*request, {.model = "up"});
  EXPECT_TRUE(written) << written.error().message;
  return written ? *written : messages::Written();
}

std::string streamed(const Dialect& from, const Dialect& to,
                     const std::vector<std::string>& stream) {
  const auto reader = from.read_stream();
  const auto writer = to.write_stream({.model = "chat", .include_usage = false});
  std::vector<messages::Event> events;
  for (const std::string& data : stream) {
    const auto read = reader->read(data, events);
    EXPECT_TRUE(read) << read.error().message << "\n" << data;
  }
  std::string out;
  cost::Usage usage;
  for (const messages::Event& event : events) {
    if (event.kind == messages::Event::Kind::Usage) usage = *event.usage;
    writer->write(event, out);
  }
  writer->finish(usage, {.model = "chat", .include_usage = false}, out);
  return out;
}

TEST(OpenAiPair, ARequestForAnthropic) {
  const auto written = translated(openai::dialect(), dialect(), R"({"model":"chat",
      "max_completion_tokens":100,"temperature":0.5,"seed":1,"stop":"END","user":"u","messages":[
      {"role":"system","content":"Be kind."},
      {"role":"user","content":[{"type":"text","text":"What?"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]},
      {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
        "function":{"name":"f","arguments":"{\"a\":1}"}}]},
      {"role":"tool","tool_call_id":"call_1","content":"two"},
      {"role":"user","content":"So?"}],
      "tools":[{"type":"function","function":{"name":"f","description":"d",
        "parameters":{"type":"object","properties":{}}}}],"tool_choice":"required"})");
  EXPECT_EQ(parsed(written.body), parsed(R"({"model":"up","max_tokens":100,"temperature":0.5,
      "system":"Be kind.","stop_sequences":["END"],"metadata":{"user_id":"u"},"messages":[
      {"role":"user","content":[{"type":"text","text":"What?"},{"type":"image","source":{
        "type":"base64","media_type":"image/png","data":"iVBO"}}]},
      {"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f",
        "input":{"a":1}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"two"},
        {"type":"text","text":"So?"}]}],
      "tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{}}}],
      "tool_choice":{"type":"any"}})"));
  EXPECT_EQ(written.dropped, std::vector<std::string>{"seed"});
}

TEST(OpenAiPair, ARequestForOpenAi) {
  const auto written = translated(dialect(), openai::dialect(), R"({"model":"chat",
      "max_tokens":100,"system":"Be kind.","messages":[{"role":"user","content":"What?"},
      {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"two"},
        {"type":"text","text":"So?"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}],
      "tool_choice":{"type":"tool","name":"f"},"thinking":{"type":"disabled"}})");
  const bj::object body = parsed(written.body).as_object();
  const bj::array& list = body.at("messages").as_array();
  ASSERT_EQ(list.size(), 5u) << written.body;
  EXPECT_EQ(list[0].at("role"), bj::value("system"));
  EXPECT_EQ(list[0].at("content"), bj::value("Be kind."));
  EXPECT_EQ(list[2].at("tool_calls").at(0).at("function"),
            parsed(R"({"name":"f","arguments":"{\"a\":1}"})"));
  EXPECT_EQ(list[3].at("role"), bj::value("tool"));
  EXPECT_EQ(list[3].at("tool_call_id"), bj::value("t1"));
  EXPECT_EQ(list[3].at("content"), bj::value("two"));
  EXPECT_EQ(list[4].at("role"), bj::value("user"));
  EXPECT_EQ(body.at("tool_choice"), parsed(R"({"type":"function","function":{"name":"f"}})"));
  EXPECT_TRUE(written.dropped.empty()) << written.dropped.front();
}

TEST(OpenAiPair, AStreamOfOpenAiForAnAnthropicClient) {
  const auto chunk = [](const std::string& delta, const std::string& finish) {
    return R"({"id":"c1","object":"chat.completion.chunk","created":9,"model":"up","choices":[{)"
           R"("index":0,"delta":)" +
           delta + R"(,"finish_reason":)" + finish + "}]}";
  };
  const std::string out = streamed(
      openai::dialect(), dialect(),
      {chunk(R"({"role":"assistant","content":""})", "null"), chunk(R"({"content":"Hi"})", "null"),
       chunk(R"({"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f",)"
             R"("arguments":""}}]})",
             "null"),
       chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]})", "null"),
       chunk("{}", R"("tool_calls")"),
       R"({"id":"c1","model":"up","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,)"
       R"("prompt_tokens_details":{"cached_tokens":2}}})",
       "[DONE]"});
  std::vector<std::string> types;
  for (size_t at = 0; (at = out.find("event: ", at)) != out.npos; at += 7) {
    types.push_back(out.substr(at + 7, out.find('\n', at) - at - 7));
  }
  EXPECT_EQ(types, (std::vector<std::string>{
                       "message_start", "content_block_start", "content_block_delta",
                       "content_block_stop", "content_block_start", "content_block_delta",
                       "content_block_stop", "message_delta", "message_stop"}))
      << out;
  EXPECT_NE(out.find(R"("delta":{"type":"text_delta","text":"Hi"})"), out.npos);
  EXPECT_NE(out.find(R"("content_block":{"type":"tool_use","id":"t","name":"f","input":{}})"),
            out.npos);
  EXPECT_NE(out.find(R"("stop_reason":"tool_use")"), out.npos);
  EXPECT_NE(out.find(R"("input_tokens":3,"cache_creation_input_tokens":0,)"
                     R"("cache_read_input_tokens":2,"output_tokens":7)"),
            out.npos)
      << out;
}

TEST(OpenAiPair, AStreamOfAnthropicForAnOpenAiClient) {
  const std::string out = streamed(
      dialect(), openai::dialect(),
      {R"({"type":"message_start","message":{"id":"m","model":"up","usage":{"input_tokens":1}}})",
       R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
       R"({"type":"ping"})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"message_delta","delta":{"stop_reason":"max_tokens"},)"
       R"("usage":{"output_tokens":2}})",
       R"({"type":"message_stop"})"});
  EXPECT_NE(out.find(R"("content":"Hi")"), out.npos) << out;
  EXPECT_NE(out.find(R"("finish_reason":"length")"), out.npos);
  EXPECT_NE(out.find("data: [DONE]\n\n"), out.npos);
}

}  // namespace
}  // namespace tandem::gateway::anthropic
