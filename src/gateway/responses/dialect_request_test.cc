// Requests that are read and written again are the same JSON, and requests that reach other
// dialects, or come from them, are written out by hand. The examples are those of OpenAI's API
// reference and guides, shortened.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"
#include "gateway/openai/dialect.h"
#include "gateway/responses/dialect.h"

namespace tandem::gateway::responses {
namespace {

namespace bj = boost::json;

// clang-format off
constexpr std::string_view kRequests[] = {
  R"({"model":"gpt-4.1","input":"Tell me a three sentence bedtime story about a unicorn."})",
  R"({"model":"m","instructions":"Talk like a pirate.","input":"Are semicolons optional in JavaScript?","stream":false})",
  R"({"model":"m","input":[{"role":"developer","content":"Talk like a pirate."},{"role":"user","content":"Are semicolons optional?"}]})",
  R"({"model":"m","input":[{"type":"message","role":"user","id":"msg_1","status":"completed","content":[
      {"type":"input_text","text":"what is in this image?"},
      {"type":"input_image","image_url":"https://example.com/a.jpg","detail":"auto"},
      {"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="},{"type":"input_image","file_id":"file-1","detail":"low"},
      {"type":"input_file","file_url":"https://example.com/a.pdf"},{"type":"input_file","file_id":"file-2"},
      {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="},
      {"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]}],"max_output_tokens":64})",
  R"({"model":"m","input":[{"role":"user","content":"knock knock."},{"role":"assistant","content":"Who's there?"},
      {"role":"user","content":"Orange."}],"store":false,"metadata":{"a":"b"},"temperature":0.5,"top_p":0.9,"user":"u-1"})",
  R"({"model":"m","input":[{"type":"message","role":"user","content":"Weather?"},
      {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"I look."},{"type":"summary_text","text":"Twice."}],
       "encrypted_content":"gAAAAA=="},
      {"type":"message","id":"msg_2","role":"assistant","status":"completed","phase":"commentary","content":[
       {"type":"output_text","text":"One moment.","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"No."}]},
      {"type":"function_call","id":"fc_1","call_id":"call_1","name":"get_weather","arguments":"{\"city\":\"Paris\"}","status":"completed"},
      {"type":"function_call","call_id":"call_2","name":"get_time","arguments":"{}"},
      {"type":"function_call_output","call_id":"call_1","output":"18 C"},
      {"type":"function_call_output","id":"fco_2","call_id":"call_2","output":[{"type":"input_text","text":"noon"},
       {"type":"input_image","image_url":"https://example.com/clock.png"}]}],
      "previous_response_id":"resp_0","include":["reasoning.encrypted_content"],"truncation":"disabled","background":false})",
  R"({"model":"m","input":[{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]},
      {"type":"reasoning","id":"rs_2","summary":[],"content":[],"encrypted_content":"anthropic:c2ln"},
      {"type":"message","role":"assistant","content":[]},{"type":"web_search_call","id":"ws_1","status":"completed",
       "action":{"type":"search","query":"x"}},{"role":"user","content":"Go on."}],
      "tools":[{"type":"web_search","search_context_size":"low"}],"include":["web_search_call.action.sources"]})",
  R"({"model":"m","input":"x","tools":[{"type":"function","name":"get_weather","description":"Now.","strict":true,
       "parameters":{"type":"object","properties":{"location":{"type":"string"}},"required":["location"],"additionalProperties":false}},
      {"type":"function","name":"f","parameters":{},"defer_loading":true}],"tool_choice":{"type":"function","name":"get_weather"},
      "parallel_tool_calls":false})",
  R"({"model":"m","input":"x","tools":[],"tool_choice":"required","service_tier":"flex","safety_identifier":"s","top_logprobs":2})",
  R"({"model":"m","input":"x","tools":[{"type":"mcp","server_label":"d","server_url":"https://example.com"}],"tool_choice":{"type":"mcp",
      "server_label":"d"},"max_tool_calls":3,"truncation":"auto","stream":true,"stream_options":{"include_obfuscation":false}})",
  R"({"model":"m","input":"x","text":{"format":{"type":"json_schema","name":"person","strict":true,"schema":{"type":"object"}},
      "verbosity":"low"},"reasoning":{"effort":"high","summary":"auto"}})",
  R"({"model":"m","input":"x","text":{"format":{"type":"json_object"}},"reasoning":{"effort":"none"}})",
};

TEST(ResponsesRequest, ReadAndWrittenIsTheSame) {
  for (const std::string_view body : kRequests) {
    const auto request = client_dialect().read_request(body);
    ASSERT_TRUE(request) << request.error().message << body;
    const auto written = client_dialect().write_request(*request, {});
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(bj::parse(written->body), bj::parse(body)) << written->body;
    EXPECT_TRUE(written->dropped.empty());
  }
}

TEST(ResponsesRequest, ReachesOpenAiChat) {
  const auto request = client_dialect().read_request(R"({"model":"chat","instructions":"Be brief.","input":[
      {"role":"user","content":[{"type":"input_text","text":"Weather?"},{"type":"input_image","image_url":"https://example.com/a.png"}]},
      {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"I look."}]},
      {"type":"message","role":"assistant","content":[{"type":"output_text","text":"One moment.","annotations":[]}]},
      {"type":"function_call","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Paris\"}"},
      {"type":"function_call","call_id":"call_2","name":"time","arguments":"{}"},
      {"type":"function_call_output","call_id":"call_1","output":"18 C"},
      {"type":"function_call_output","call_id":"call_2","output":"noon"}],
      "tools":[{"type":"function","name":"weather","parameters":{"type":"object"},"strict":true}],"tool_choice":"required",
      "max_output_tokens":50,"reasoning":{"effort":"low","summary":"auto"},"text":{"format":{"type":"json_schema","name":"w",
      "schema":{"type":"object"}},"verbosity":"low"},"truncation":"auto","store":true,"metadata":{"a":"b"},"previous_response_id":null})");
  ASSERT_TRUE(request) << request.error().message;
  const auto written = openai::dialect().write_request(*request, {.model = "gpt-4o"});
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(bj::parse(written->body), bj::parse(R"({"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},
      {"role":"user","content":[{"type":"text","text":"Weather?"},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},
      {"role":"assistant","reasoning_content":"I look.","content":"One moment.","tool_calls":[
        {"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},
        {"id":"call_2","type":"function","function":{"name":"time","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"call_1","content":"18 C"},{"role":"tool","tool_call_id":"call_2","content":"noon"}],
      "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"},"strict":true}}],"tool_choice":"required",
      "max_tokens":50,"response_format":{"type":"json_schema","json_schema":{"name":"w","schema":{"type":"object"}}},
      "reasoning_effort":"low"})")) << written->body;
  EXPECT_EQ(written->dropped, (std::vector<std::string>{"text.verbosity", "reasoning.summary", "truncation"}));
}

TEST(ResponsesRequest, ReachesAnthropicWithTheSignatureThatItGave) {
  const auto request = client_dialect().read_request(R"({"model":"chat","instructions":"Be brief.","input":[
      {"role":"user","content":"Weather?"},
      {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"I look."}],"encrypted_content":"anthropic:c2ln"},
      {"type":"function_call","call_id":"toolu_1","name":"weather","arguments":"{\"city\":\"Paris\"}"},
      {"type":"function_call_output","call_id":"toolu_1","output":"18 C"}],
      "tools":[{"type":"function","name":"weather","parameters":{"type":"object"}}],"max_output_tokens":50})");
  ASSERT_TRUE(request) << request.error().message;
  const auto written = anthropic::dialect().write_request(*request, {.model = "claude-3-haiku"});
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(bj::parse(written->body), bj::parse(R"({"model":"claude-3-haiku","max_tokens":50,"system":"Be brief.","messages":[
      {"role":"user","content":"Weather?"},{"role":"assistant","content":[{"type":"thinking","thinking":"I look.","signature":"c2ln"},
        {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Paris"}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"18 C"}]}],
      "tools":[{"name":"weather","input_schema":{"type":"object"}}]})")) << written->body;
}

TEST(ResponsesRequest, ABuiltInToolIsRefusedByNameElsewhere) {
  const auto request = client_dialect().read_request(R"({"model":"m","input":"x","tools":[{"type":"web_search"}]})");
  ASSERT_TRUE(request);
  for (const messages::Dialect* target : {&openai::dialect(), &anthropic::dialect()}) {
    const auto written = target->write_request(*request, {});
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().message.find("web_search"), std::string::npos) << written.error().message;
    EXPECT_TRUE(written.error().param.starts_with("tools"));
  }
}

TEST(ResponsesRequest, AChatReachesAProviderOfResponses) {
  const auto request = openai::dialect().read_request(R"({"model":"chat","messages":[{"role":"system","content":"Be brief."},
      {"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]},
      {"role":"assistant","content":"Hm.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"call_1","content":"42"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],
      "tool_choice":{"type":"function","function":{"name":"f"}},"max_tokens":7,"reasoning_effort":"low","seed":1,
      "response_format":{"type":"json_object"},"stream":true})");
  ASSERT_TRUE(request) << request.error().message;
  const auto written = provider_dialect().write_request(*request, {.model = "gpt-5"});
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(bj::parse(written->body), bj::parse(R"({"model":"gpt-5","input":[{"type":"message","role":"system","content":"Be brief."},
      {"type":"message","role":"user","content":[{"type":"input_text","text":"Look"},
        {"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}]},
      {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hm."}]},
      {"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"},
      {"type":"function_call_output","call_id":"call_1","output":"42"}],
      "tools":[{"type":"function","name":"f","parameters":{},"strict":false}],"tool_choice":{"type":"function","name":"f"},
      "max_output_tokens":7,"reasoning":{"effort":"low"},"text":{"format":{"type":"json_object"}},"stream":true,"store":false})"))
      << written->body;
  EXPECT_EQ(written->dropped, std::vector<std::string>{"seed"});
  const auto stops = openai::dialect().read_request(R"({"model":"m","messages":[{"role":"user","content":"x"}],"stop":"END"})");
  const auto refused = provider_dialect().write_request(*stops, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().param, "stop");
}

TEST(ResponsesRequest, ErrorsNameTheField) {
  const std::pair<std::string_view, std::string_view> wrong[] = {
      {R"({"input":"x"})", "model"},
      {R"({"model":"m"})", "input"},
      {R"({"model":"m","input":[]})", "input"},
      {R"({"model":"m","input":[1]})", "input[0]"},
      {R"({"model":"m","input":[{"role":"boss","content":"x"}]})", "input[0].role"},
      {R"({"model":"m","input":[{"role":"user"}]})", "input[0].content"},
      {R"({"model":"m","input":[{"role":"user","content":[{"type":"input_text"}]}]})", "input[0].content[0].text"},
      {R"({"model":"m","input":[{"role":"user","content":[{"type":"input_image"}]}]})", "input[0].content[0].image_url"},
      {R"({"model":"m","input":[{"type":"function_call","name":"f","arguments":"{}"}]})", "input[0].call_id"},
      {R"({"model":"m","input":[{"type":"function_call","call_id":"c","name":"f"}]})", "input[0].arguments"},
      {R"({"model":"m","input":[{"type":"function_call_output","output":"x"}]})", "input[0].call_id"},
      {R"({"model":"m","input":[{"type":"item_reference","id":"msg_1"}]})", "input[0]"},
      {R"({"model":"m","input":"x","tools":[{"type":"function"}]})", "tools[0].name"},
      {R"({"model":"m","input":"x","text":{"format":{"type":"xml"}}})", "text.format.type"},
      {R"({"model":"m","input":"x","text":{"format":{"type":"json_schema","name":"a"}}})", "text.format.schema"},
      {R"({"model":"m","input":"x","max_output_tokens":"many"})", "max_output_tokens"},
      {R"({"model":"m","input":"x","temperature":"hot"})", "temperature"}};
  for (const auto& [body, field] : wrong) {
    const auto request = client_dialect().read_request(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().param, field) << body;
  }
}
// clang-format on

}  // namespace
}  // namespace tandem::gateway::responses
