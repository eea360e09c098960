// Between Gemini's API and the others: what arrives is written out by hand, as the documentation of
// the one that reads it says.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"
#include "gateway/gemini/dialect.h"
#include "gateway/openai/dialect.h"

namespace tandem::gateway::gemini {
namespace {

namespace bj = boost::json;
using messages::Dialect;
using messages::Event;

bj::value parsed(std::string_view text) {
  boost::system::error_code error;
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error);
  EXPECT_FALSE(error) << text;
  return value;
}

messages::Written translated(const Dialect& from, const Dialect& to, std::string_view body,
                             std::string model = "up") {
  const auto request = from.read_request(body);
  EXPECT_TRUE(request) << request.error().message;
  if (!request) return {};
  auto written = to.write_request(*request, {.model = std::move(model)});
  EXPECT_TRUE(written) << written.error().message;
  return written ? *written : messages::Written();
}

std::string streamed(const Dialect& from, const Dialect& to,
                     const std::vector<std::string>& stream) {
  const auto reader = from.read_stream();
  const auto writer = to.write_stream({.model = "chat", .include_usage = false, .created_s = 5});
  std::vector<Event> events;
  for (const std::string& data : stream) {
    const auto read = reader->read(data, events);
    EXPECT_TRUE(read) << read.error().message << "\n" << data;
  }
  std::string out;
  cost::Usage usage;
  for (const Event& event : events) {
    if (event.kind == Event::Kind::Usage) usage = *event.usage;
    writer->write(event, out);
  }
  writer->finish(usage, {.model = "chat", .include_usage = false}, out);
  return out;
}

std::vector<bj::value> data_of(const std::string& out) {
  std::vector<bj::value> all;
  for (size_t at = out.find("data: "); at != std::string::npos; at = out.find("data: ", at + 6)) {
    const std::string data = out.substr(at + 6, out.find('\n', at) - at - 6);
    if (data != "[DONE]") all.push_back(parsed(data));
  }
  return all;
}

// clang-format off
constexpr const char* kGeminiRequest = R"({"systemInstruction":{"parts":[{"text":"Be brief."}]},
    "contents":[{"role":"user","parts":[{"text":"Look."},{"inlineData":{"mimeType":"image/png","data":"iVBO"}}]},
      {"role":"model","parts":[{"text":"Hm.","thought":true},{"functionCall":{"name":"weather","args":{"city":"Bern"}},"thoughtSignature":"c2ln"},
        {"functionCall":{"name":"weather","args":{"city":"Rome"}}}]},
      {"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"15 C"}}},
        {"functionResponse":{"name":"weather","response":{"t":25}}}]}],
    "tools":[{"functionDeclarations":[{"name":"weather","description":"Now.","parameters":{"type":"OBJECT","properties":{"city":{"type":"STRING"}}}}]}],
    "toolConfig":{"functionCallingConfig":{"mode":"ANY"}},
    "generationConfig":{"temperature":0.5,"topK":5,"maxOutputTokens":2000,"stopSequences":["END"],"seed":7,
      "responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"n":{"type":"INTEGER"}}}},
    "safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}]})";

TEST(GeminiCrossing, ARequestReachesOpenAi) {
  const auto written = translated(dialect(), openai::dialect(), kGeminiRequest);
  EXPECT_EQ(parsed(written.body), parsed(R"({"model":"up","max_tokens":2000,"temperature":0.5,"seed":7,"stop":["END"],
      "messages":[{"role":"system","content":"Be brief."},
        {"role":"user","content":[{"type":"text","text":"Look."},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]},
        {"role":"assistant","reasoning_content":"Hm.","content":null,"tool_calls":[
          {"id":"call_gemini_0","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"}},
          {"id":"call_gemini_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]},
        {"role":"tool","tool_call_id":"call_gemini_0","content":"15 C"},{"role":"tool","tool_call_id":"call_gemini_1","content":"{\"t\":25}"}],
      "tools":[{"type":"function","function":{"name":"weather","description":"Now.","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}],
      "tool_choice":"required","response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object",
        "properties":{"n":{"type":"integer"}}}}}})")) << written.body;
  EXPECT_EQ(written.dropped, (std::vector<std::string>{"thoughtSignature", "top_k", "safetySettings"}));
}

TEST(GeminiCrossing, ARequestReachesAnthropic) {
  const auto written = translated(dialect(), anthropic::dialect(), kGeminiRequest);
  const bj::value body = parsed(written.body);
  EXPECT_EQ(body.at("max_tokens"), 2000);
  EXPECT_EQ(body.at("top_k"), 5);
  EXPECT_EQ(body.at("system"), parsed(R"([{"type":"text","text":"Be brief."}])"));
  EXPECT_EQ(body.at("messages"), parsed(R"([
      {"role":"user","content":[{"type":"text","text":"Look."},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}}]},
      {"role":"assistant","content":[{"type":"tool_use","id":"call_gemini_0","name":"weather","input":{"city":"Bern"}},
        {"type":"tool_use","id":"call_gemini_1","name":"weather","input":{"city":"Rome"}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_gemini_0","content":"15 C"},
        {"type":"tool_result","tool_use_id":"call_gemini_1","content":"{\"t\":25}"}]}])"));
  EXPECT_EQ(body.at("tool_choice"), parsed(R"({"type":"any"})"));
}

TEST(GeminiCrossing, AnOpenAiRequestReachesGemini) {
  const char* body = R"({"model":"chat","max_tokens":100,"temperature":0.2,"n":2,"stop":"END","user":"u","logit_bias":{"1":2},
      "reasoning_effort":"low","parallel_tool_calls":false,
      "messages":[{"role":"system","content":"Be brief."},
        {"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"https://example.com/a.PNG?x=1"}},
          {"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
          {"id":"call_2","type":"function","function":{"name":"g","arguments":""}}]},
        {"role":"tool","tool_call_id":"call_1","content":"two"},{"role":"tool","tool_call_id":"call_2","content":"{\"x\":true}"},
        {"role":"user","content":"So?"}],
      "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
      "tool_choice":{"type":"function","function":{"name":"f"}},
      "response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}})";
  const auto written = translated(openai::dialect(), dialect(), body, "gemini-2.5-flash");
  EXPECT_EQ(parsed(written.body), parsed(R"({"systemInstruction":{"parts":[{"text":"Be brief."}]},
      "contents":[{"role":"user","parts":[{"text":"Hi"},{"fileData":{"mimeType":"image/png","fileUri":"https://example.com/a.PNG?x=1"}},
          {"inlineData":{"mimeType":"audio/wav","data":"UklG"}}]},
        {"role":"model","parts":[{"functionCall":{"id":"call_1","name":"f","args":{"a":1}}},{"functionCall":{"id":"call_2","name":"g","args":{}}}]},
        {"role":"user","parts":[{"functionResponse":{"id":"call_1","name":"f","response":{"output":"two"}}},
          {"functionResponse":{"id":"call_2","name":"g","response":{"x":true}}}]},
        {"role":"user","parts":[{"text":"So?"}]}],
      "tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object"}}]}],
      "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},
      "generationConfig":{"temperature":0.2,"candidateCount":2,"maxOutputTokens":100,"stopSequences":["END"],
        "responseMimeType":"application/json","responseJsonSchema":{"type":"object"},
        "thinkingConfig":{"includeThoughts":true,"thinkingBudget":1024}}})")) << written.body;
  EXPECT_EQ(written.dropped, (std::vector<std::string>{"parallel_tool_calls", "logit_bias", "user"}));
}

TEST(GeminiCrossing, AnAnthropicRequestReachesGemini) {
  const char* body = R"({"model":"chat","max_tokens":100,"top_k":5,"system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],
      "thinking":{"type":"enabled","budget_tokens":2048},
      "messages":[{"role":"user","content":"Weather?"},
        {"role":"assistant","content":[{"type":"thinking","thinking":"I look.","signature":"c2ln"},
          {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":[{"type":"text","text":"no"}]},
          {"type":"text","text":"Again."}]}],
      "tools":[{"name":"f","input_schema":{"type":"object"}}]})";
  const auto written = translated(anthropic::dialect(), dialect(), body, "gemini-3-pro-preview");
  EXPECT_EQ(parsed(written.body), parsed(R"({"systemInstruction":{"parts":[{"text":"Be kind."}]},
      "contents":[{"role":"user","parts":[{"text":"Weather?"}]},
        {"role":"model","parts":[{"functionCall":{"id":"toolu_1","name":"f","args":{"a":1}},"thoughtSignature":"skip_thought_signature_validator"}]},
        {"role":"user","parts":[{"functionResponse":{"id":"toolu_1","name":"f","response":{"error":"no"}}}]},
        {"role":"user","parts":[{"text":"Again."}]}],
      "tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object"}}]}],
      "generationConfig":{"topK":5,"maxOutputTokens":100,"thinkingConfig":{"includeThoughts":true,"thinkingLevel":"MEDIUM"}}})"))
      << written.body;
  EXPECT_EQ(written.dropped, (std::vector<std::string>{"thinking", "cache_control"}));
}

TEST(GeminiCrossing, WhatGeminiCannotSayIsRefusedByName) {
  const auto refused = [](const Dialect& from, const char* body) {
    const auto request = from.read_request(body);
    EXPECT_TRUE(request) << body;
    const auto written = dialect().write_request(*request, {.model = "m"});
    EXPECT_FALSE(written);
    return written ? std::string() : written.error().param;
  };
  EXPECT_EQ(refused(anthropic::dialect(), R"({"model":"c","max_tokens":1,"messages":[{"role":"user","content":"x"}],
      "tools":[{"type":"web_search_20250305","name":"web_search"}]})"), "tools");
  EXPECT_EQ(refused(openai::dialect(), R"({"model":"c","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]})"),
            "messages[0].content[0]");
  EXPECT_EQ(refused(openai::dialect(), R"({"model":"c","messages":[{"role":"tool","tool_call_id":"call_9","content":"x"}]})"),
            "messages[0].content[0]");
  EXPECT_EQ(refused(openai::dialect(), R"({"model":"c","messages":[{"role":"system","content":"x"}]})"), "messages");
}

TEST(GeminiCrossing, AnAnswerReachesTheOthersWithEveryTokenCountedOnce) {
  const auto answer = dialect().read_answer(R"({"candidates":[{"content":{"parts":[{"text":"I think.","thought":true},{"text":"4"},
      {"functionCall":{"name":"f","args":{"a":1}}}],"role":"model"},"finishReason":"STOP","index":0}],
      "usageMetadata":{"promptTokenCount":40,"cachedContentTokenCount":30,"candidatesTokenCount":10,"thoughtsTokenCount":5,"totalTokenCount":55},
      "modelVersion":"gemini-2.5-flash","responseId":"r"})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(parsed(openai::dialect().write_answer(*answer, {.model = "chat", .created_s = 9})),
      parsed(R"({"id":"r","object":"chat.completion","created":9,"model":"chat","choices":[{"index":0,"message":{"role":"assistant",
      "reasoning_content":"I think.","content":"4","tool_calls":[{"id":"call_gemini_r_0","type":"function","function":{"name":"f",
      "arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":40,"completion_tokens":15,"total_tokens":55,
      "prompt_tokens_details":{"cached_tokens":30},"completion_tokens_details":{"reasoning_tokens":5}}})"));
  const bj::value claude = parsed(anthropic::dialect().write_answer(*answer, {.model = "chat"}));
  EXPECT_EQ(claude.at("stop_reason"), "tool_use");
  EXPECT_EQ(claude.at("usage").at("input_tokens"), 10);
  EXPECT_EQ(claude.at("usage").at("cache_read_input_tokens"), 30);
  EXPECT_EQ(claude.at("usage").at("output_tokens"), 15);
}

TEST(GeminiCrossing, AnOpenAiAnswerReachesAGeminiClient) {
  const auto answer = openai::dialect().read_answer(R"({"id":"c1","object":"chat.completion","created":1,"model":"gpt","choices":[
      {"index":0,"message":{"role":"assistant","reasoning_content":"Hm.","content":"Hi","tool_calls":[{"id":"call_1","type":"function",
      "function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"call_2","type":"function","function":{"name":"g","arguments":"no object"}}]},
      "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":20,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":8},
      "completion_tokens_details":{"reasoning_tokens":4}}})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(parsed(dialect().write_answer(*answer, {.model = "chat"})), parsed(R"({"candidates":[{"content":{"parts":[
      {"text":"Hm.","thought":true},{"text":"Hi"},{"functionCall":{"id":"call_1","name":"f","args":{"a":1}}},
      {"functionCall":{"id":"call_2","name":"g","args":{"arguments":"no object"}}}],"role":"model"},"finishReason":"STOP","index":0}],
      "usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":5,"totalTokenCount":29,"cachedContentTokenCount":8,"thoughtsTokenCount":4},
      "modelVersion":"chat","responseId":"c1"})"));
}

TEST(GeminiCrossing, AStreamReachesAnOpenAiClient) {
  const std::string out = streamed(dialect(), openai::dialect(), {
      R"({"candidates":[{"content":{"parts":[{"text":"Let me see.","thought":true}],"role":"model"},"index":0}],"responseId":"r"})",
      R"({"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"index":0}]})",
      R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1}}}],"role":"model"},"finishReason":"STOP","index":0}],
          "usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}})"});
  std::string text, thought, arguments, finish;
  for (const bj::value& event : data_of(out)) {
    const bj::object& choice = event.at("choices").at(0).as_object();
    const bj::object& delta = choice.at("delta").as_object();
    if (const auto* said = delta.if_contains("content")) text += std::string(said->as_string());
    if (const auto* said = delta.if_contains("reasoning_content")) thought += std::string(said->as_string());
    if (const auto* calls = delta.if_contains("tool_calls")) {
      arguments += std::string(calls->at(0).at("function").at("arguments").as_string());
    }
    if (choice.at("finish_reason").is_string()) finish = std::string(choice.at("finish_reason").as_string());
  }
  EXPECT_EQ(text, "Hi");
  EXPECT_EQ(thought, "Let me see.");
  EXPECT_EQ(arguments, R"({"a":1})");
  EXPECT_EQ(finish, "tool_calls");
}

TEST(GeminiCrossing, AnAnthropicStreamReachesAGeminiClient) {
  const std::string out = streamed(anthropic::dialect(), dialect(), {
      R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude","stop_reason":null,
          "stop_sequence":null,"usage":{"input_tokens":5,"cache_read_input_tokens":2,"output_tokens":1}}})",
      R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}})",
      R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}})",
      R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":1}"}})",
      R"({"type":"content_block_stop","index":1})",
      R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}})",
      R"({"type":"message_stop"})"});
  const std::vector<bj::value> events = data_of(out);
  ASSERT_EQ(events.size(), 4u) << out;
  const auto parts = [&](size_t at) { return events[at].at("candidates").at(0).at("content").at("parts"); };
  EXPECT_EQ(parts(0), parsed(R"([{"text":"Hm.","thought":true}])"));
  EXPECT_EQ(parts(1), parsed(R"([{"text":"","thought":true,"thoughtSignature":"c2ln"}])"));
  EXPECT_EQ(parts(2), parsed(R"([{"functionCall":{"id":"toolu_1","name":"f","args":{"a":1}}}])"));
  EXPECT_EQ(events[3].at("candidates").at(0).at("finishReason"), "STOP");
  EXPECT_EQ(events[3].at("usageMetadata"), parsed(R"({"promptTokenCount":7,"candidatesTokenCount":15,"totalTokenCount":22,
      "cachedContentTokenCount":2})"));
  EXPECT_EQ(events[0].at("modelVersion"), "chat");
  EXPECT_EQ(events[0].at("responseId"), "msg_1");
}

// The signature of a thought survives the way through a client that writes the other base64.
TEST(GeminiCrossing, ASignatureOfAnthropicComesBackToIt) {
  const auto written = translated(dialect(), anthropic::dialect(), R"({"contents":[{"role":"user","parts":[{"text":"x"}]},
      {"role":"model","parts":[{"text":"Hm.","thought":true,"thoughtSignature":"ab-_"},{"text":"4"}]},{"role":"user","parts":[{"text":"y"}]}]})");
  EXPECT_EQ(parsed(written.body).at("messages").at(1).at("content").at(0),
            parsed(R"({"type":"thinking","thinking":"Hm.","signature":"ab+/"})"));
}
// clang-format on

}  // namespace
}  // namespace tandem::gateway::gemini
