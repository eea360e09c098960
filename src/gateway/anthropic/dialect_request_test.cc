// Reading and writing a request in this dialect is the identity on everything that the API takes.
// The bodies follow the examples of the Messages API's documentation, one for every block and
// field.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"

namespace tandem::gateway::anthropic {
namespace {

namespace bj = boost::json;

// In each: "model" and "max_tokens" are put in front.
constexpr const char* kRequests[] = {
    // Texts.
    R"("messages":[{"role":"user","content":"Hello, Claude"}])",
    R"("messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}])",
    R"("system":"Be brief.","messages":[{"role":"user","content":"Hi"},
        {"role":"assistant","content":"Hello!"},{"role":"user","content":"ä \u0001 \"q\" 😀"}])",
    R"("system":[{"type":"text","text":"One."},
        {"type":"text","text":"Two.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
        "messages":[{"role":"user","content":"Hi"}])",
    // A prefilled answer; two turns of one role.
    R"("messages":[{"role":"user","content":"Sun in Greek?"},{"role":"user","content":"One word."},
        {"role":"assistant","content":"The answer is ("}])",
    // Instructions among the turns.
    R"("system":"Base.","messages":[{"role":"user","content":"Hi"},
        {"role":"system","content":"From now on in French."},{"role":"assistant","content":"Oui"},
        {"role":"user","content":"Go on"},
        {"role":"system","content":[{"type":"text","text":"Shorter."}]}])",
    // Images and documents, each source.
    R"("messages":[{"role":"user","content":[
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},
        {"type":"image","source":{"type":"url","url":"https://example.com/a.jpg"},
         "cache_control":{"type":"ephemeral"}},
        {"type":"image","source":{"type":"file","file_id":"file_011"},
         "transformations":{"oversized_image":"error"}},{"type":"text","text":"What is it?"}]}])",
    R"("messages":[{"role":"user","content":[
        {"type":"document","source":{"type":"base64","media_type":"application/pdf",
         "data":"JVBERi0xLjQ="},"title":"Report","context":"trusted","citations":{"enabled":true}},
        {"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}},
        {"type":"document","source":{"type":"file","file_id":"file_012"}},
        {"type":"document","source":{"type":"text","media_type":"text/plain",
         "data":"The grass is green. Ünïcode."},"citations":{"enabled":true}},
        {"type":"document","source":{"type":"content","content":[
         {"type":"text","text":"Chunk one"},{"type":"text","text":"Chunk two"}]},"title":"Own"},
        {"type":"document","source":{"type":"content","content":"One text"}},
        {"type":"text","text":"Compare."}]}])",
    // Citations that came with an answer.
    R"("messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[
        {"type":"text","text":"The grass is green.","citations":[{"type":"char_location",
         "cited_text":"The grass is green.","document_index":0,"document_title":"E",
         "start_char_index":0,"end_char_index":20}]}]},{"role":"user","content":"More"}])",
    R"("messages":[{"role":"user","content":[{"type":"search_result",
        "source":"https://example.com/doc","title":"Doc","content":[{"type":"text","text":"Some"}],
        "citations":{"enabled":true},"cache_control":{"type":"ephemeral"}}]}])",
    R"("messages":[{"role":"user","content":[{"type":"container_upload","file_id":"file_1"},
        {"type":"text","text":"Plot it"}]}],"container":{"id":"container_1","skills":[
        {"type":"anthropic","skill_id":"xlsx","version":"latest"}]},
        "tools":[{"type":"code_execution_20250825","name":"code_execution"}])",
    // Tools and their results.
    R"("messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":[
        {"type":"text","text":"I look."},{"type":"tool_use","id":"toolu_01A","name":"weather",
         "input":{"place":"Bern","days":3,"deep":{"a":[1,2.5,null,true]}}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_01A",
         "content":"15 degrees"}]}],
        "tools":[{"name":"weather","description":"Of a place","input_schema":{"type":"object",
         "properties":{"place":{"type":"string"}},"required":["place"]}}])",
    R"("messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[
        {"type":"tool_use","id":"toolu_1","name":"a","input":{}},
        {"type":"tool_use","id":"toolu_2","name":"b","input":{},
         "cache_control":{"type":"ephemeral"},"caller":{"type":"direct"}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1"},
        {"type":"tool_result","tool_use_id":"toolu_2","is_error":true,"content":[
         {"type":"text","text":"failed"},{"type":"image","source":{"type":"base64",
          "media_type":"image/jpeg","data":"/9j/"}},{"type":"document","source":{"type":"text",
          "media_type":"text/plain","data":"log"}},{"type":"search_result","source":"s",
          "title":"t","content":[{"type":"text","text":"x"}]},
          {"type":"tool_reference","tool_name":"c"}],"cache_control":{"type":"ephemeral"}},
        {"type":"text","text":"Go on"}]}],"tools":[{"name":"a","input_schema":{"type":"object"}},
        {"name":"b","input_schema":{"type":"object"},"strict":true,
         "cache_control":{"type":"ephemeral"},"input_examples":[{"x":1}],"defer_loading":true,
         "eager_input_streaming":true,"allowed_callers":["direct"]}])",
    R"("messages":[{"role":"user","content":"x"}],"tools":[{"name":"a",
        "input_schema":{"type":"object"}}],"tool_choice":{"type":"auto"})",
    R"("messages":[{"role":"user","content":"x"}],"tools":[{"name":"a",
        "input_schema":{"type":"object"}}],
        "tool_choice":{"type":"auto","disable_parallel_tool_use":true})",
    R"("messages":[{"role":"user","content":"x"}],"tools":[{"name":"a",
        "input_schema":{"type":"object"}}],
        "tool_choice":{"type":"any","disable_parallel_tool_use":false})",
    R"("messages":[{"role":"user","content":"x"}],"tools":[{"name":"a",
        "input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"a"})",
    R"("messages":[{"role":"user","content":"x"}],"tools":[{"name":"a",
        "input_schema":{"type":"object"}}],"tool_choice":{"type":"none"})",
    // Tools that run at the provider.
    R"("messages":[{"role":"user","content":"News?"},{"role":"assistant","content":[
        {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"news"}},
        {"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[
         {"type":"web_search_result","url":"https://example.com","title":"T",
          "encrypted_content":"EqgfCio=","page_age":null}]},{"type":"text","text":"It is so.",
         "citations":[{"type":"web_search_result_location","url":"https://example.com",
          "title":"T","encrypted_index":"Eo8B","cited_text":"so"}]}]},
        {"role":"user","content":"More"}],"tools":[{"type":"web_search_20250305",
        "name":"web_search","max_uses":5,"allowed_domains":["example.com"],
        "user_location":{"type":"approximate","city":"Bern","country":"CH"}},
        {"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728",
        "name":"str_replace_based_edit_tool","max_characters":10000}])",
    R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":[
        {"type":"server_tool_use","id":"s1","name":"web_fetch","input":{"url":"https://e.com"}},
        {"type":"web_fetch_tool_result","tool_use_id":"s1","content":{"type":"web_fetch_result",
         "url":"https://e.com","content":{"type":"document","source":{"type":"text",
         "media_type":"text/plain","data":"page"},"title":null},"retrieved_at":"2026-01-01"}},
        {"type":"bash_code_execution_tool_result","tool_use_id":"s2","content":{
         "type":"bash_code_execution_result","stdout":"1","stderr":"","return_code":0,
         "content":[]}},{"type":"mcp_tool_use","id":"m1","name":"n","server_name":"s","input":{}},
        {"type":"mcp_tool_result","tool_use_id":"m1","is_error":false,"content":[]}]},
        {"role":"user","content":"y"}],"mcp_servers":[{"type":"url","url":"https://m.example.com",
        "name":"s","authorization_token":"x"}])",
    // Thinking.
    R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":[
        {"type":"thinking","thinking":"Let me see.","signature":"EqQBCgIYAhIM1gbc"},
        {"type":"redacted_thinking","data":"EmwKAhgBEgy3va3p"},
        {"type":"tool_use","id":"toolu_1","name":"a","input":{"b":"c"}}]},{"role":"user",
        "content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"d"}]}],
        "tools":[{"name":"a","input_schema":{"type":"object"}}],
        "thinking":{"type":"enabled","budget_tokens":2048})",
    R"("messages":[{"role":"user","content":"x"}],"thinking":{"type":"disabled"})",
    R"("messages":[{"role":"user","content":"x"}],
        "thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"xhigh"})",
    R"("messages":[{"role":"user","content":"x"}],"output_config":{"effort":"low"})",
    R"("messages":[{"role":"user","content":"x"}],"thinking":{"type":"enabled",
        "budget_tokens":1024,"display":"summarized"},"output_config":{"effort":"medium",
        "task_budget":{"type":"tokens","total":20000}})",
    R"("messages":[{"role":"user","content":"x"}],"thinking":{"type":"between_tools"})",
    // The form of the answer.
    R"("messages":[{"role":"user","content":"x"}],"output_config":{"format":{"type":"json_schema",
        "schema":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],
        "additionalProperties":false}}})",
    // Everything else at the root, and what nobody knows yet.
    R"("messages":[{"role":"user","content":"x"}],"temperature":0.7,"top_p":0.95,"top_k":40,
        "stop_sequences":["\n\nHuman:","END"],"stream":true,"service_tier":"standard_only",
        "metadata":{"user_id":"u-1","team":"t"},"cache_control":{"type":"ephemeral"},
        "inference_geo":"eu","speed":"fast","user_profile_id":"p",
        "diagnostics":{"previous_message_id":"msg_1"},"context_management":{"edits":[
        {"type":"clear_tool_uses_20250919"}]},"future_field":{"a":[1,{"b":null}]})",
    R"("messages":[{"role":"user","content":[{"type":"future_block","x":{"y":[1,2]}},
        {"type":"text","text":"t","future":true}],"future":1}])",
};

bj::value parsed(std::string_view text) {
  boost::system::error_code error;
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error);
  EXPECT_FALSE(error) << text;
  return value;
}

std::string with_head(std::string_view rest) {
  return R"({"model":"claude-sonnet-4-5","max_tokens":4096,)" + std::string(rest) + "}";
}

TEST(AnthropicDialect, ReadingAndWritingARequestIsTheIdentity) {
  static_assert(std::size(kRequests) >= 25);
  for (const char* rest : kRequests) {
    const std::string body = with_head(rest);
    const auto request = dialect().read_request(body);
    ASSERT_TRUE(request) << request.error().message << "\n" << body;
    const auto written = dialect().write_request(*request, {});
    ASSERT_TRUE(written) << written.error().message << "\n" << body;
    EXPECT_EQ(parsed(written->body), parsed(body));
    EXPECT_TRUE(written->dropped.empty()) << written->dropped.front();
    // And the model of it stays the same.
    const auto again = dialect().read_request(written->body);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *request) << body;
  }
}

TEST(AnthropicDialect, TheProvidersNameOfTheModelAndTheDefaultLimitAreWritten) {
  const auto request =
      dialect().read_request(R"({"model":"chat","messages":[{"role":"user","content":"x"}]})");
  ASSERT_TRUE(request);
  const auto written =
      dialect().write_request(*request, {.model = "claude-opus-4-8", .default_max_tokens = 77});
  ASSERT_TRUE(written);
  EXPECT_EQ(parsed(written->body), parsed(R"({"model":"claude-opus-4-8","max_tokens":77,
                       "messages":[{"role":"user","content":"x"}]})"));
}

// Found by anthropic_request_fuzz.
TEST(AnthropicDialect, FieldsThatAreKeptKeepTheirOrder) {
  const auto request = dialect().read_request(
      R"({"model":"c","messages":[{"role":"user","content":"x"}],
          "metadata":{"user_id":"u","a":1,"b":2,"c":3}})");
  ASSERT_TRUE(request);
  const auto written = dialect().write_request(*request, {});
  ASSERT_TRUE(written);
  EXPECT_NE(written->body.find(R"("metadata":{"user_id":"u","a":1,"b":2,"c":3})"),
            std::string::npos)
      << written->body;
}

// The API takes both for the same and says so.
TEST(AnthropicDialect, WhatIsEqualToTheApiMayBeWrittenTheOtherWay) {
  const auto request = dialect().read_request(with_head(
      R"("messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t",
         "content":[],"is_error":false}]},{"role":"user","content":"and"}],"system":null,
         "tools":[{"type":"custom","name":"a","input_schema":{"type":"object"}}])"));
  ASSERT_TRUE(request);
  const auto written = dialect().write_request(*request, {});
  ASSERT_TRUE(written);
  EXPECT_EQ(parsed(written->body),
            parsed(with_head(
                R"("messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"},
                   {"type":"text","text":"and"}]}],
                   "tools":[{"name":"a","input_schema":{"type":"object"}}])")));
}

TEST(AnthropicDialect, AWrongFieldIsNamed) {
  const auto param = [](std::string_view body) {
    const auto request = dialect().read_request(body);
    if (request) return std::string("fine");
    EXPECT_EQ(request.error().code, Code::InvalidArgument);
    return request.error().param;
  };
  EXPECT_EQ(param(R"({"messages":[{"role":"user","content":"x"}]})"), "model");
  EXPECT_EQ(param(R"({"model":"c"})"), "messages");
  EXPECT_EQ(param(R"({"model":"c","messages":[]})"), "messages");
  EXPECT_EQ(param(R"({"model":"c","messages":["x"]})"), "messages[0]");
  EXPECT_EQ(param(R"({"model":"c","messages":[{"role":"robot","content":"x"}]})"),
            "messages[0].role");
  EXPECT_EQ(param(R"({"model":"c","messages":[{"role":"user"}]})"), "messages[0].content");
  EXPECT_EQ(param(R"({"model":"c","messages":[{"role":"user","content":[{"text":"x"}]}]})"),
            "messages[0].content[0].type");
  EXPECT_EQ(param(R"({"model":"c","messages":[{"role":"user","content":[{"type":"text"}]}]})"),
            "messages[0].content[0].text");
  EXPECT_EQ(param(with_head(R"("messages":[{"role":"user","content":"x"}],"max_tokens":-1)")),
            "max_tokens");
  EXPECT_EQ(param(with_head(R"("messages":[{"role":"user","content":"x"}],"stream":"yes")")),
            "stream");
  EXPECT_EQ(param(with_head(R"("messages":[{"role":"user","content":"x"}],"tools":[{}])")),
            "tools[0].name");
  EXPECT_EQ(param(with_head(
                R"("messages":[{"role":"user","content":"x"}],"thinking":{"type":"enabled"})")),
            "thinking.budget_tokens");
  EXPECT_EQ(param("nonsense"), "");
}

}  // namespace
}  // namespace tandem::gateway::anthropic
