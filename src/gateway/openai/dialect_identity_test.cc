// What is read and written again in this dialect is the same JSON, but for fields that are null.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/openai/dialect.h"

namespace tandem::gateway::openai {
namespace {

namespace bj = boost::json;

// Fields that are null are as if they were not there, and 1 is 1.0.
bj::value normal(const bj::value& value) {
  if (value.is_number()) return value.to_number<double>();
  if (const bj::array* list = value.if_array()) {
    bj::array out;
    for (const bj::value& element : *list) out.push_back(normal(element));
    return out;
  }
  if (const bj::object* object = value.if_object()) {
    bj::object out;
    for (const auto& [name, field] : *object) {
      if (!field.is_null()) out[name] = normal(field);
    }
    return out;
  }
  return value;
}

bj::value normal(std::string_view text) {
  boost::system::error_code error;
  const bj::value value = bj::parse(text, error);
  EXPECT_FALSE(error) << text;
  return normal(value);
}

// clang-format off
constexpr std::string_view kRequests[] = {
  R"({"model":"m","messages":[{"role":"user","content":"Hello"}]})",
  R"({"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},
      {"role":"assistant","content":"Hello."},{"role":"user","content":"Bye"}],"temperature":0.7,"top_p":0.95})",
  R"({"model":"m","messages":[{"role":"developer","content":[{"type":"text","text":"Be brief."}]},
      {"role":"user","name":"ann","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}],"max_completion_tokens":64})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":10,"n":2,"seed":-42,"stop":"END"})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"n":1,"stop":["a","b"],"stream":false,"user":"u-1"})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"stop":["one"],"stream":true,
      "stream_options":{"include_usage":true,"include_obfuscation":false}})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":false}})",
  R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},
      {"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]}]})",
  R"({"model":"m","messages":[{"role":"user","content":[
      {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},
      {"type":"image_url","image_url":{"url":"data:image/svg+xml;utf8,<svg/>"}},
      {"type":"image_url","image_url":"https://example.com/b.png"},
      {"type":"image_url","image_url":{"url":"https://example.com/c.png","max_pixels":512},"uuid":"c"}]}]})",
  R"({"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}},
      {"type":"input_audio","input_audio":{"data":"SUQz","format":"mp3"}}]}],"modalities":["text","audio"],
      "audio":{"voice":"alloy","format":"mp3"}})",
  R"({"model":"m","messages":[{"role":"user","content":[
      {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}},
      {"type":"file","file":{"file_id":"file-1"}},{"type":"file","file":{"filename":"b.pdf","file_data":"JVBERi0="}}]}]})",
  R"({"model":"m","messages":[{"role":"user","content":"Weather?"},
      {"role":"assistant","content":null,"tool_calls":[
        {"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},
        {"id":"call_2","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Rome\"}"}}]},
      {"role":"tool","tool_call_id":"call_1","content":"18 C"},
      {"role":"tool","tool_call_id":"call_2","content":[{"type":"text","text":"24 C"}]}],
      "tools":[{"type":"function","function":{"name":"weather","description":"The weather.",
        "parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]},"strict":true}}],
      "tool_choice":"auto","parallel_tool_calls":false})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"now"}}],
      "tool_choice":{"type":"function","function":{"name":"now"}}})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}},
      "cache_control":{"type":"ephemeral"}}],"tool_choice":"required"})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"custom","custom":{"name":"sql",
      "format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: /a/"}}}}],
      "tool_choice":{"type":"custom","custom":{"name":"sql"}}})",
  R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"","tool_calls":[
      {"id":"call_9","type":"custom","custom":{"name":"sql","input":"select 1"}}]},
      {"role":"tool","tool_call_id":"call_9","content":"1"}]})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"a"}}],
      "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"a"}}]}}})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"},"logprobs":true,"top_logprobs":3})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{
      "name":"person","description":"One person.","strict":true,"schema":{"type":"object","properties":{"age":{"type":"integer",
      "default":null,"maximum":12345678901234567890123}},"additionalProperties":false}}}})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"text"},"logit_bias":{"50256":-100},
      "frequency_penalty":0.5,"presence_penalty":-0.25})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"grammar","grammar":"root ::= \"a\""}})",
  R"({"model":"o3-mini","messages":[{"role":"user","content":"x"}],"reasoning_effort":"high","verbosity":"low",
      "service_tier":"flex","store":true,"metadata":{"team":"search"},"prompt_cache_key":"k","safety_identifier":"s"})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"reasoning_effort":"none","prediction":{"type":"content","content":"abc"}})",
  R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","reasoning_content":"Let me see.","content":"4"},
      {"role":"assistant","reasoning":"Hm.","content":"5","reasoning_details":[{"type":"reasoning.text","text":"Hm."}]},
      {"role":"user","content":"y"}]})",
  R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"refusal":"I cannot."},
      {"role":"assistant","content":[{"type":"text","text":"a"},{"type":"refusal","refusal":"No."}]},
      {"role":"assistant","content":null,"audio":{"id":"audio_1"}},{"role":"user","content":"y"}]})",
  R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,
      "function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"}],
      "functions":[{"name":"f","parameters":{"type":"object","properties":{}}}],"function_call":{"name":"f"}})",
  R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"long","cache_control":{"type":"ephemeral"}},
      {"type":"video_url","video_url":{"url":"https://example.com/v.mp4"}}]}],"web_search_options":{"search_context_size":"low"}})",
  R"({"model":"m","messages":[{"role":"user","content":"x"}],"top_k":40,"min_p":0.05,"repetition_penalty":1.1,
      "chat_template_kwargs":{"enable_thinking":false},"guided_json":{"type":"object"},"max_tokens":5,"max_completion_tokens":6})",
  R"({"model":"m","messages":[{"role":"user","content":""},{"role":"user","content":[]}],"tools":[],"temperature":0,"stop":null,"n":null})",
  R"({"model":"m","messages":[{"role":"user","content":"\u00e9\ud83d\ude00 \"quoted\" \\ \n\t\u0001"}],"extra_body":{"a":[1,2,{"b":0.10}]}})",
};

constexpr std::string_view kAnswers[] = {
  R"({"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,
      "message":{"role":"assistant","content":"Hello!","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],
      "usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},
      "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},
      "service_tier":"default","system_fingerprint":"fp_1"})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,
      "tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},
      {"id":"call_2","type":"function","function":{"name":"now","arguments":""}}]},"finish_reason":"tool_calls"}],
      "usage":{"prompt_tokens":82,"completion_tokens":17,"total_tokens":99}})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"deepseek-reasoner","choices":[{"index":0,"message":{"role":"assistant",
      "reasoning_content":"9.11 is less.","content":"9.8"},"finish_reason":"length"}],"usage":{"prompt_tokens":10,"completion_tokens":30,
      "total_tokens":40,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6,"completion_tokens_details":{"reasoning_tokens":25}}})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"A"},
      "finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"B"},"finish_reason":"length"}]})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"A"},
      "logprobs":{"content":[{"token":"A","logprob":-0.1,"bytes":[65],"top_logprobs":[]}],"refusal":null},"finish_reason":"stop"}]})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,
      "refusal":"I cannot help with that."},"finish_reason":"stop"}]})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""},
      "finish_reason":"content_filter","content_filter_results":{"hate":{"filtered":true,"severity":"high"}}}],
      "prompt_filter_results":[{"prompt_index":0}]})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,
      "function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call"}]})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"vllm","choices":[{"index":0,"message":{"role":"assistant","content":"x"},
      "finish_reason":"stop","stop_reason":"###"}],"prompt_logprobs":null,"kv_transfer_params":{"a":1}})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,
      "audio":{"id":"audio_1","expires_at":2,"data":"UklGRg==","transcript":"Hi"}},"finish_reason":"stop","stop_reason":128009}],
      "usage":{"prompt_tokens":5,"completion_tokens":50,"total_tokens":55,"completion_tokens_details":{"audio_tokens":40}}})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":[
      {"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},{"type":"text","text":"4"}]},"finish_reason":"stop"}]})",
  R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Cut",
      "reasoning":"Hm.","annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com","title":"t","start_index":0,
      "end_index":3}}]},"finish_reason":"insufficient_system_resource"}]})",
};
// clang-format on

TEST(OpenAiDialectIdentity, Requests) {
  static_assert(std::size(kRequests) >= 25);
  for (const std::string_view body : kRequests) {
    const auto request = dialect().read_request(body);
    ASSERT_TRUE(request) << body << "\n" << request.error().message;
    const auto written = dialect().write_request(*request, {.stream_usage = false});
    ASSERT_TRUE(written) << body << "\n" << written.error().message;
    EXPECT_EQ(normal(written->body), normal(body)) << written->body;
    EXPECT_TRUE(written->dropped.empty()) << body << written->dropped[0];
    const auto again = dialect().read_request(written->body);
    ASSERT_TRUE(again) << written->body;
    EXPECT_TRUE(*again == *request) << written->body;
  }
}

TEST(OpenAiDialectIdentity, Answers) {
  static_assert(std::size(kAnswers) >= 10);
  for (const std::string_view body : kAnswers) {
    const auto answer = dialect().read_answer(body);
    ASSERT_TRUE(answer) << body << "\n" << answer.error().message;
    const std::string written = dialect().write_answer(*answer, {});
    EXPECT_EQ(normal(written), normal(body)) << written;
  }
}

}  // namespace
}  // namespace tandem::gateway::openai
