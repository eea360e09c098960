// Whole answers and streams: read and written again they say the same; what a client sees of other
// providers' is written out by hand after OpenAI's API reference.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"
#include "gateway/openai/dialect.h"
#include "gateway/responses/dialect.h"

namespace tandem::gateway::responses {
namespace {

namespace bj = boost::json;
using messages::Event;
using messages::Finish;

// clang-format off
constexpr std::string_view kAnswers[] = {
  R"({"id":"resp_1","object":"response","created_at":1741476777,"status":"completed","error":null,"incomplete_details":null,
      "instructions":null,"max_output_tokens":null,"model":"gpt-4o-2024-08-06","output":[{"type":"message","id":"msg_1",
      "status":"completed","role":"assistant","content":[{"type":"output_text","text":"The image depicts a boardwalk.","annotations":[],
      "logprobs":[]}]}],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":true,
      "temperature":1,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1,"truncation":"disabled",
      "usage":{"input_tokens":328,"input_tokens_details":{"cached_tokens":0},"output_tokens":52,"output_tokens_details":{
      "reasoning_tokens":0},"total_tokens":380},"user":null,"metadata":{}})",
  R"({"id":"resp_2","object":"response","created_at":5,"status":"completed","error":null,"incomplete_details":null,"model":"o3","output":[
      {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"I look."}],"encrypted_content":"gAAAAA=="},
      {"type":"function_call","id":"fc_1","call_id":"call_1","name":"get_weather","arguments":"{\"city\":\"Paris\"}","status":"completed"},
      {"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"x"}},
      {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"See ","annotations":[
       {"type":"url_citation","start_index":0,"end_index":3,"url":"https://example.com","title":"E"}],"logprobs":[]},
       {"type":"output_text","text":"this.","annotations":[],"logprobs":[]}]}],
      "usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":20},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},
      "total_tokens":39}})",
  R"({"id":"resp_3","object":"response","created_at":5,"status":"incomplete","error":null,"incomplete_details":{"reason":"max_output_tokens"},
      "model":"m","output":[{"type":"message","id":"msg_1","status":"incomplete","role":"assistant","content":[{"type":"output_text",
      "text":"Once","annotations":[],"logprobs":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}})",
  R"({"id":"resp_4","object":"response","created_at":5,"status":"incomplete","error":null,"incomplete_details":{"reason":"content_filter"},
      "model":"m","output":[],"usage":null})",
  R"({"id":"resp_5","object":"response","created_at":5,"status":"completed","error":null,"incomplete_details":null,"model":"m","output":[
      {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"refusal","refusal":"I cannot."}]},
      {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"status":"completed"}],"usage":null})",
};

TEST(ResponsesAnswer, ReadAndWrittenIsTheSame) {
  for (const std::string_view body : kAnswers) {
    const auto answer = provider_dialect().read_answer(body);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(bj::parse(client_dialect().write_answer(*answer, {})), bj::parse(body));
  }
}

TEST(ResponsesAnswer, OfAChatProvider) {
  const auto answer = openai::dialect().read_answer(R"({"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"gpt-4o","choices":[
      {"index":0,"message":{"role":"assistant","reasoning_content":"I look.","content":"One moment.","tool_calls":[{"id":"call_1",
      "type":"function","function":{"name":"weather","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":30,
      "completion_tokens":9,"prompt_tokens_details":{"cached_tokens":20},"completion_tokens_details":{"reasoning_tokens":4}}})");
  ASSERT_TRUE(answer) << answer.error().message;
  const std::string body = client_dialect().write_answer(
      *answer, {.model = "chat", .id = "resp_ab", .echo = R"("store":true,"tools":[])"});
  EXPECT_EQ(bj::parse(body), bj::parse(R"({"id":"resp_ab","object":"response","created_at":7,"status":"completed","error":null,
      "incomplete_details":null,"model":"chat","output":[
      {"id":"rs_ab_0","type":"reasoning","status":"completed","summary":[{"type":"summary_text","text":"I look."}]},
      {"id":"msg_ab_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"One moment.",
       "annotations":[],"logprobs":[]}]},
      {"id":"fc_ab_2","type":"function_call","status":"completed","call_id":"call_1","name":"weather","arguments":"{}"}],
      "store":true,"tools":[],"usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":20,"cache_write_tokens":0},
      "output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":39}})")) << body;
}

TEST(ResponsesAnswer, OfAnthropicKeepsTheSignatureOfItsThinking) {
  const auto answer = anthropic::dialect().read_answer(R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[
      {"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"redacted_thinking","data":"cmVk"},{"type":"text","text":"4"}],
      "stop_reason":"max_tokens","stop_sequence":null,"usage":{"input_tokens":10,"cache_read_input_tokens":30,"output_tokens":7}})");
  ASSERT_TRUE(answer) << answer.error().message;
  const bj::value body = bj::parse(client_dialect().write_answer(*answer, {.model = "chat", .created_s = 9, .id = "resp_1"}));
  EXPECT_EQ(body.at("status").as_string(), "incomplete");
  EXPECT_EQ(body.at("incomplete_details"), bj::parse(R"({"reason":"max_output_tokens"})"));
  EXPECT_EQ(body.at("created_at").as_int64(), 9);
  EXPECT_EQ(body.at("output"), bj::parse(R"([{"id":"rs_1_0","type":"reasoning","status":"completed","summary":[{"type":"summary_text","text":"Hm."}],
      "encrypted_content":"anthropic:c2ln"},{"id":"msg_1_1","type":"message","status":"incomplete","role":"assistant","content":[
      {"type":"output_text","text":"4","annotations":[],"logprobs":[]}]}])")) << bj::serialize(body);
  EXPECT_EQ(body.at("usage").at("input_tokens").as_int64(), 40);
  EXPECT_EQ(body.at("usage").at("input_tokens_details").at("cached_tokens").as_int64(), 30);
}

TEST(ResponsesAnswer, FailuresCarryTheProvidersWords) {
  const auto failed = provider_dialect().read_answer(R"({"id":"resp_1","object":"response","status":"failed","output":[],
      "error":{"code":"server_error","message":"The model failed."}})");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::UpstreamError);
  EXPECT_EQ(failed.error().upstream_code, "server_error");
  EXPECT_NE(failed.error().message.find("The model failed."), std::string::npos);
  for (const char* body : {"", "[]", "{}", R"({"status":"completed"})", R"({"status":"queued","output":[]})",
                           R"({"status":"completed","output":[1]})"}) {
    EXPECT_FALSE(provider_dialect().read_answer(body)) << body;
  }
}

// "event: T\ndata: {...}" of every event, and the numbers.
std::vector<bj::value> events_in(const std::string& out) {
  std::vector<bj::value> events;
  for (size_t at = 0; at < out.size();) {
    const size_t end = out.find("\n\n", at);
    const size_t data = out.find("\ndata: ", at);
    EXPECT_EQ(out.substr(at, 7), "event: ");
    events.push_back(bj::parse(out.substr(data + 7, end - data - 7)));
    EXPECT_EQ(out.substr(at + 7, data - at - 7), events.back().at("type").as_string());
    EXPECT_EQ(events.back().at("sequence_number").as_int64(), static_cast<int64_t>(events.size()) - 1);
    at = end + 2;
  }
  return events;
}

std::string written(const std::vector<Event>& events, const messages::AnswerOptions& options) {
  auto writer = client_dialect().write_stream(options);
  std::string out;
  cost::Usage usage;
  for (const Event& event : events) {
    if (event.usage) usage = *event.usage;
    writer->write(event, out);
  }
  writer->finish(usage, options, out);
  return out;
}

std::vector<Event> read(const messages::Dialect& dialect, const std::vector<std::string>& stream) {
  auto reader = dialect.read_stream();
  std::vector<Event> events;
  for (const std::string& data : stream) {
    const auto done = reader->read(data, events);
    EXPECT_TRUE(done) << done.error().message << data;
  }
  return events;
}

TEST(ResponsesStream, OfAChatProvider) {
  const std::vector<Event> events = read(openai::dialect(), {
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"Hm."},"finish_reason":null}]})",
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]})",
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"content":" there"},"finish_reason":null}]})",
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function",
        "function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":null}]})",
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":4}})",
      "[DONE]"});
  const auto seen = events_in(written(events, {.model = "chat", .id = "resp_ab", .echo = R"("store":true)"}));
  std::string types;
  for (const bj::value& event : seen) types += std::string(event.at("type").as_string().subview(9)) + "\n";
  EXPECT_EQ(types, "created\nin_progress\noutput_item.added\nreasoning_summary_part.added\nreasoning_summary_text.delta\n"
                   "reasoning_summary_text.done\nreasoning_summary_part.done\noutput_item.done\noutput_item.added\ncontent_part.added\n"
                   "output_text.delta\noutput_text.delta\noutput_text.done\ncontent_part.done\noutput_item.done\noutput_item.added\n"
                   "function_call_arguments.delta\nfunction_call_arguments.done\noutput_item.done\ncompleted\n");
  EXPECT_EQ(seen[0].at("response"), bj::parse(R"({"id":"resp_ab","object":"response","created_at":5,"status":"in_progress","error":null,
      "incomplete_details":null,"model":"chat","output":[],"store":true,"usage":null})"));
  EXPECT_EQ(seen[8].at("item"), bj::parse(R"({"id":"msg_ab_1","type":"message","status":"in_progress","role":"assistant","content":[]})"));
  EXPECT_EQ(seen[9], bj::parse(R"({"type":"response.content_part.added","sequence_number":9,"item_id":"msg_ab_1","output_index":1,
      "content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}})"));
  EXPECT_EQ(seen[10], bj::parse(R"({"type":"response.output_text.delta","sequence_number":10,"item_id":"msg_ab_1","output_index":1,
      "content_index":0,"delta":"Hi","logprobs":[]})"));
  EXPECT_EQ(seen[12].at("text").as_string(), "Hi there");
  EXPECT_EQ(seen[15].at("item"), bj::parse(R"({"id":"fc_ab_2","type":"function_call","status":"in_progress","call_id":"call_1","name":"f","arguments":""})"));
  EXPECT_EQ(seen[17].at("arguments").as_string(), R"({"a":1})");
  const bj::value& whole = seen.back().at("response");
  EXPECT_EQ(whole.at("status").as_string(), "completed");
  EXPECT_EQ(whole.at("output").as_array().size(), 3U);
  for (const size_t done : {7, 14, 18}) {
    EXPECT_EQ(seen[done].at("item"), whole.at("output").as_array()[static_cast<size_t>(seen[done].at("output_index").as_int64())]);
  }
  EXPECT_EQ(whole.at("usage").at("total_tokens").as_int64(), 7);
}

TEST(ResponsesStream, ThatIsCutByItsLimitIsIncomplete) {
  const std::vector<Event> events = read(openai::dialect(), {
      R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"content":"Once"},"finish_reason":"length"}]})", "[DONE]"});
  const auto seen = events_in(written(events, {.model = "chat", .id = "resp_ab"}));
  EXPECT_EQ(seen.back().at("type").as_string(), "response.incomplete");
  EXPECT_EQ(seen.back().at("response").at("incomplete_details"), bj::parse(R"({"reason":"max_output_tokens"})"));
  EXPECT_EQ(seen.back().at("response").at("output").at(0).at("status").as_string(), "incomplete");
}

// The events of OpenAI's reference for a text and a call.
const std::vector<std::string> kStream = {
  R"({"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":5,"status":"in_progress","error":null,
      "incomplete_details":null,"model":"m","output":[],"tools":[],"usage":null}})",
  R"({"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1","status":"in_progress","output":[]}})",
  R"({"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}})",
  R"({"type":"response.reasoning_summary_part.added","sequence_number":3,"item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}})",
  R"({"type":"response.reasoning_summary_text.delta","sequence_number":4,"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Hm."})",
  R"({"type":"response.reasoning_summary_text.done","sequence_number":5,"item_id":"rs_1","output_index":0,"summary_index":0,"text":"Hm."})",
  R"({"type":"response.reasoning_summary_part.done","sequence_number":6,"item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"Hm."}})",
  R"({"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],
      "encrypted_content":"gAAA"}})",
  R"({"type":"response.output_item.added","sequence_number":8,"output_index":1,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}})",
  R"({"type":"response.content_part.added","sequence_number":9,"item_id":"msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}})",
  R"({"type":"response.output_text.delta","sequence_number":10,"item_id":"msg_1","output_index":1,"content_index":0,"delta":"Hi"})",
  R"({"type":"response.output_text.delta","sequence_number":11,"item_id":"msg_1","output_index":1,"content_index":0,"delta":" there"})",
  R"({"type":"response.output_text.done","sequence_number":12,"item_id":"msg_1","output_index":1,"content_index":0,"text":"Hi there"})",
  R"({"type":"response.content_part.done","sequence_number":13,"item_id":"msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"Hi there","annotations":[]}})",
  R"({"type":"response.output_item.done","sequence_number":14,"output_index":1,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant",
      "content":[{"type":"output_text","text":"Hi there","annotations":[]}]}})",
  R"({"type":"response.output_item.added","sequence_number":15,"output_index":2,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"f","arguments":""}})",
  R"({"type":"response.function_call_arguments.delta","sequence_number":16,"item_id":"fc_1","output_index":2,"delta":"{\"a\":1}"})",
  R"({"type":"response.function_call_arguments.done","sequence_number":17,"item_id":"fc_1","output_index":2,"arguments":"{\"a\":1}"})",
  R"({"type":"response.output_item.done","sequence_number":18,"output_index":2,"item":{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"f","arguments":"{\"a\":1}"}})",
  R"({"type":"response.completed","sequence_number":19,"response":{"id":"resp_1","object":"response","created_at":5,"status":"completed","error":null,
      "incomplete_details":null,"model":"m","output":[],"tools":[],"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":1},"output_tokens":4,
      "output_tokens_details":{"reasoning_tokens":2},"total_tokens":7}}})"};

TEST(ResponsesStream, ReadAndWrittenHasTheSameEvents) {
  const std::vector<Event> events = read(provider_dialect(), kStream);
  const auto seen = events_in(written(events, {}));
  ASSERT_EQ(seen.size(), kStream.size());
  for (size_t i = 0; i < seen.size(); ++i) {
    const bj::value given = bj::parse(kStream[i]);
    EXPECT_EQ(seen[i].at("type"), given.at("type"));
    for (const char* field : {"item_id", "output_index", "content_index", "summary_index", "delta", "text", "arguments"}) {
      if (given.as_object().contains(field)) { EXPECT_EQ(seen[i].at(field), given.at(field)) << i << field; }
    }
    if (given.as_object().contains("item")) {
      for (const auto& [name, value] : given.at("item").as_object()) {
        if (name != "content") { EXPECT_EQ(seen[i].at("item").at(name), value) << i << name; }
      }
    }
  }
  const bj::value& whole = seen.back().at("response");
  EXPECT_EQ(whole.at("id").as_string(), "resp_1");
  EXPECT_EQ(whole.at("output").as_array().size(), 3U);
  EXPECT_EQ(whole.at("usage").at("output_tokens_details").at("reasoning_tokens").as_int64(), 2);
}

TEST(ResponsesStream, ReachesAChatClient) {
  auto writer = openai::dialect().write_stream({.model = "chat"});
  std::string out;
  for (const Event& event : read(provider_dialect(), kStream)) writer->write(event, out);
  for (const char* piece : {R"("reasoning_content":"Hm.")", R"("content":"Hi")", R"("content":" there")",
                            R"("name":"f")", R"("finish_reason":"tool_calls")"}) {
    EXPECT_NE(out.find(piece), std::string::npos) << piece;
  }
}

TEST(ResponsesStream, ErrorsCarryTheProvidersWords) {
  for (const char* data : {
           R"({"type":"error","code":"server_error","message":"It broke.","param":null,"sequence_number":3})",
           R"({"type":"error","error":{"code":"server_error","message":"It broke."}})",
           R"({"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"server_error","message":"It broke."},"output":[]}})"}) {
    auto reader = provider_dialect().read_stream();
    std::vector<Event> events;
    const auto done = reader->read(data, events);
    ASSERT_FALSE(done) << data;
    EXPECT_EQ(done.error().upstream_code, "server_error");
    EXPECT_NE(done.error().message.find("It broke."), std::string::npos);
  }
  for (const char* data : {"", "[]", "{}", R"({"type":"response.output_text.delta","output_index":0,"delta":"x"})",
                           R"({"type":"response.output_item.added","item":{}})", R"({"type":"response.completed"})"}) {
    auto reader = provider_dialect().read_stream();
    std::vector<Event> events;
    EXPECT_FALSE(reader->read(data, events)) << data;
  }
}
// clang-format on

}  // namespace
}  // namespace tandem::gateway::responses
