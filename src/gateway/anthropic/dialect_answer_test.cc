// Answers and streams: reading and writing them in this dialect is the identity, and what they say
// arrives in the model. The texts follow the examples of the Messages API's documentation.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"

namespace tandem::gateway::anthropic {
namespace {

namespace bj = boost::json;
using messages::Answer;
using messages::Event;
using messages::Finish;
using messages::Part;

bj::value parsed(std::string_view text) {
  boost::system::error_code error;
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error);
  EXPECT_FALSE(error) << text;
  return value;
}

// Of each: what follows id, type, role and model.
constexpr const char* kAnswers[] = {
    R"("content":[{"type":"text","text":"Hi!"}],"stop_reason":"end_turn","stop_sequence":null,
       "usage":{"input_tokens":2095,"output_tokens":503})",
    R"("content":[{"type":"text","text":"Hi!","citations":null}],"stop_reason":"max_tokens",
       "stop_sequence":null,"container":null,"stop_details":null,"usage":{"input_tokens":3,
       "cache_creation_input_tokens":20,"cache_read_input_tokens":30,"cache_creation":{
       "ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":15},"output_tokens":10,
       "service_tier":"standard","inference_geo":"us","server_tool_use":null})",
    R"("content":[{"type":"text","text":"1, 2"}],"stop_reason":"stop_sequence",
       "stop_sequence":", 3","usage":{"input_tokens":0,"output_tokens":0})",
    R"("content":[{"type":"thinking","thinking":"Hm.","signature":"Eq=="},
       {"type":"redacted_thinking","data":"Em=="},{"type":"text","text":"I look."},
       {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":[1,{"b":"c"}]},
       "caller":{"type":"direct"}},{"type":"tool_use","id":"toolu_2","name":"g","input":{}}],
       "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":90,
       "output_tokens_details":{"thinking_tokens":60}})",
    R"("content":[{"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"q"}},
       {"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result",
       "url":"https://e.com","title":"t","encrypted_content":"E","page_age":"May 1"}]},
       {"type":"text","text":"So.","citations":[{"type":"web_search_result_location","url":"u",
       "title":"t","encrypted_index":"E","cited_text":"c"}]}],"stop_reason":"pause_turn",
       "stop_sequence":null,"usage":{"input_tokens":105,"output_tokens":50,
       "server_tool_use":{"web_search_requests":2,"web_fetch_requests":1}})",
    R"("content":[],"stop_reason":"refusal","stop_sequence":null,"stop_details":{"type":"refusal",
       "category":"cyber","explanation":"No."},"usage":{"input_tokens":7,"output_tokens":1})",
    R"("content":[{"type":"text","text":""}],"stop_reason":"model_context_window_exceeded",
       "stop_sequence":null,"usage":{"input_tokens":1,"cache_creation_input_tokens":0,
       "cache_read_input_tokens":0,"output_tokens":1})",
    R"("content":[{"type":"code_execution_tool_result","tool_use_id":"s","content":{
       "type":"code_execution_result","stdout":"1","stderr":"","return_code":0,"content":[]}},
       {"type":"container_upload","file_id":"f"}],"stop_reason":"a_new_reason",
       "stop_sequence":null,"container":{"id":"c","expires_at":"2026-12-01T00:00:00Z"},
       "usage":{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":null})",
    R"("content":[{"type":"compaction","content":"Summary"},{"type":"text","text":"Go."}],
       "stop_reason":"end_turn","stop_sequence":null,"context_management":{"applied_edits":[]},
       "usage":{"input_tokens":1,"output_tokens":2,"speed":"fast"})",
    R"("content":[{"type":"text","text":"ä😀\u0000"}],"stop_reason":"end_turn",
       "stop_sequence":null,"diagnostics":null,"future":{"x":[1.25]},"usage":{"input_tokens":1,
       "output_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":7,
       "ephemeral_1h_input_tokens":0},"cache_creation_input_tokens":7})",
};

std::string with_head(std::string_view rest) {
  return R"({"id":"msg_013Z","type":"message","role":"assistant","model":"claude-sonnet-4-5",)" +
         std::string(rest) + "}";
}

TEST(AnthropicDialect, ReadingAndWritingAnAnswerIsTheIdentity) {
  static_assert(std::size(kAnswers) >= 10);
  for (const char* rest : kAnswers) {
    const std::string body = with_head(rest);
    const auto answer = dialect().read_answer(body);
    ASSERT_TRUE(answer) << answer.error().message << "\n" << body;
    EXPECT_EQ(parsed(dialect().write_answer(*answer, {})), parsed(body));
  }
}

TEST(AnthropicDialect, AnAnswerSaysWhatItSays) {
  const auto answer = dialect().read_answer(with_head(kAnswers[3]));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, "msg_013Z");
  EXPECT_EQ(answer->model, "claude-sonnet-4-5");
  ASSERT_EQ(answer->choices.size(), 1u);
  const messages::Choice& choice = answer->choices[0];
  EXPECT_EQ(choice.finish, Finish::ToolUse);
  ASSERT_EQ(choice.parts.size(), 5u);
  EXPECT_EQ(choice.parts[0].kind, Part::Kind::Thinking);
  EXPECT_EQ(choice.parts[0].text, "Hm.");
  EXPECT_EQ(choice.parts[0].signature, "Eq==");
  EXPECT_EQ(choice.parts[2].text, "I look.");
  EXPECT_EQ(choice.parts[3].id, "toolu_1");
  EXPECT_EQ(choice.parts[3].name, "f");
  EXPECT_EQ(choice.parts[3].arguments, R"({"a":[1,{"b":"c"}]})");
  EXPECT_EQ(answer->usage->reasoning_tokens, 60);
}

// 3 not cached + 20 written + 30 read are 53 tokens of input.
TEST(AnthropicDialect, InputContainsWhatWasReadFromTheCacheAndWrittenToIt) {
  const auto answer = dialect().read_answer(with_head(kAnswers[1]));
  ASSERT_TRUE(answer && answer->usage);
  EXPECT_EQ(answer->usage->input_tokens, 53);
  EXPECT_EQ(answer->usage->cached_input_tokens, 30);
  EXPECT_EQ(answer->usage->cache_write_input_tokens, 20);
  EXPECT_EQ(answer->usage->cache_write_1h_input_tokens, 15);
  EXPECT_EQ(answer->usage->output_tokens, 10);
  EXPECT_TRUE(answer->usage->reported);
  const auto searched = dialect().read_answer(with_head(kAnswers[4]));
  ASSERT_TRUE(searched);
  EXPECT_EQ(searched->usage->web_searches, 2);
}

TEST(AnthropicDialect, AnErrorInDisguiseIsAnError) {
  const auto answer = dialect().read_answer(
      R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},
          "request_id":"req_1"})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::UpstreamError);
  EXPECT_NE(answer.error().message.find("Overloaded"), std::string::npos);
  for (const char* bad :
       {"", "[]", "{}", R"({"type":"message"})", R"({"id":"x","choices":[]})",
        R"({"type":"message","content":"text"})", R"({"type":"message","content":[1]})"}) {
    const auto read = dialect().read_answer(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, Code::UpstreamError);
  }
}

using Stream = std::vector<std::string>;

const std::string kStart =
    R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",)"
    R"("content":[],"model":"claude-sonnet-4-5","stop_reason":null,"stop_sequence":null,)"
    R"("usage":{"input_tokens":25,"output_tokens":1}}})";
const std::string kStop = R"({"type":"message_stop"})";

std::string begin(int index, const std::string& block) {
  return R"({"type":"content_block_start","index":)" + std::to_string(index) +
         R"(,"content_block":)" + block + "}";
}
std::string delta(int index, const std::string& piece) {
  return R"({"type":"content_block_delta","index":)" + std::to_string(index) + R"(,"delta":)" +
         piece + "}";
}
std::string end(int index) {
  return R"({"type":"content_block_stop","index":)" + std::to_string(index) + "}";
}
std::string closing(const std::string& reason, const std::string& usage) {
  return R"({"type":"message_delta","delta":{"stop_reason":)" + reason +
         R"(,"stop_sequence":null},"usage":)" + usage + "}";
}

const std::vector<Stream>& streams() {
  static const std::string text = R"({"type":"text","text":""})";
  static const std::vector<Stream> all = {
      {kStart, begin(0, text), delta(0, R"({"type":"text_delta","text":"Hel"})"),
       delta(0, R"({"type":"text_delta","text":"lo ä"})"), end(0),
       closing(R"("end_turn")", R"({"output_tokens":15})"), kStop},
      // A tool after words, its arguments in pieces.
      {kStart, begin(0, text), delta(0, R"({"type":"text_delta","text":"I look."})"), end(0),
       begin(1, R"({"type":"tool_use","id":"toolu_1","name":"weather","input":{}})"),
       delta(1, R"({"type":"input_json_delta","partial_json":""})"),
       delta(1, R"({"type":"input_json_delta","partial_json":"{\"place\": \"Be"})"),
       delta(1, R"({"type":"input_json_delta","partial_json":"rn\"}"})"), end(1),
       closing(R"("tool_use")", R"({"output_tokens":89})"), kStop},
      // Thinking with its signature, and what is hidden of it.
      {kStart, begin(0, R"({"type":"thinking","thinking":"","signature":""})"),
       delta(0, R"({"type":"thinking_delta","thinking":"Let me"})"),
       delta(0, R"({"type":"signature_delta","signature":"EqQB=="})"), end(0),
       begin(1, R"({"type":"redacted_thinking","data":"EmwK=="})"), end(1), begin(2, text),
       delta(2, R"({"type":"text_delta","text":"27"})"), end(2),
       closing(R"("end_turn")",
               R"({"output_tokens":9,"output_tokens_details":{"thinking_tokens":5}})"),
       kStop},
      // A search, and the citations of what it found.
      {kStart, begin(0, R"({"type":"server_tool_use","id":"s1","name":"web_search","input":{}})"),
       delta(0, R"({"type":"input_json_delta","partial_json":"{\"query\":\"q\"}"})"), end(0),
       begin(1, R"({"type":"web_search_tool_result","tool_use_id":"s1","content":[
                   {"type":"web_search_result","title":"T","url":"u","encrypted_content":"E",
                    "page_age":null}]})"),
       end(1), begin(2, R"({"type":"text","text":"","citations":[]})"),
       delta(2, R"({"type":"citations_delta","citation":{"type":"web_search_result_location",
                    "cited_text":"c","url":"u","title":"T","encrypted_index":"E"}})"),
       delta(2, R"({"type":"text_delta","text":"So it is."})"), end(2),
       closing(R"("end_turn")", R"({"input_tokens":10682,"cache_creation_input_tokens":0,
               "cache_read_input_tokens":0,"output_tokens":510,
               "server_tool_use":{"web_search_requests":1}})"),
       kStop},
      // The cache, and fields that come with the end.
      {R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",
           "content":[],"model":"claude-sonnet-4-5","stop_reason":null,"stop_sequence":null,
           "container":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":100,
           "cache_read_input_tokens":2000,"cache_creation":{"ephemeral_5m_input_tokens":40,
           "ephemeral_1h_input_tokens":60},"output_tokens":2,"service_tier":"priority"}}})",
       begin(0, text), end(0),
       R"({"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END",
           "container":{"id":"c","expires_at":"x"},"stop_details":null},
           "usage":{"output_tokens":7},"context_management":{"applied_edits":[]}})",
       kStop},
      // No words at all.
      {kStart, closing(R"("refusal")", R"({"output_tokens":1})"), kStop},
      {kStart, begin(0, text), delta(0, R"({"type":"text_delta","text":"x"})"), end(0),
       closing(R"("model_context_window_exceeded")", R"({"output_tokens":2})"), kStop},
      // Kinds of blocks, pieces and ends that are not known yet.
      {kStart, begin(0, R"({"type":"compaction","content":null})"),
       delta(0, R"({"type":"compaction_delta","content":"Summary"})"), end(0),
       begin(1, R"({"type":"future","x":{"y":1}})"), delta(1, R"({"type":"future_delta","z":2})"),
       end(1), closing(R"("future_reason")", R"({"output_tokens":3,"future":1})"), kStop},
  };
  return all;
}

std::vector<Event> events_of(const Stream& stream) {
  const auto reader = dialect().read_stream();
  std::vector<Event> events;
  for (const std::string& data : stream) {
    const auto read = reader->read(data, events);
    EXPECT_TRUE(read) << read.error().message << "\n" << data;
  }
  return events;
}

cost::Usage last_usage(const std::vector<Event>& events) {
  cost::Usage usage;
  for (const Event& event : events) {
    if (event.kind == Event::Kind::Usage) usage = *event.usage;
  }
  return usage;
}

// "event: a\ndata: b\n\n", each checked for its form.
Stream data_of(std::string_view out) {
  Stream all;
  while (!out.empty()) {
    const size_t stop = out.find("\n\n");
    const std::string event(out.substr(0, stop));
    const size_t at = event.find("\ndata: ");
    EXPECT_EQ(event.substr(0, 7), "event: ");
    all.push_back(event.substr(at + 7));
    EXPECT_EQ(parsed(all.back()).at("type").as_string(), event.substr(7, at - 7));
    out.remove_prefix(stop + 2);
  }
  return all;
}

TEST(AnthropicDialect, ReadingAndWritingAStreamIsTheIdentity) {
  EXPECT_GE(streams().size(), 8u);
  for (const Stream& stream : streams()) {
    const std::vector<Event> events = events_of(stream);
    const auto writer = dialect().write_stream({});
    std::string out;
    for (const Event& event : events) writer->write(event, out);
    EXPECT_EQ(out.find("message_delta"), std::string::npos);
    writer->finish(last_usage(events), {}, out);
    const Stream written = data_of(out);
    ASSERT_EQ(written.size(), stream.size()) << out;
    for (size_t i = 0; i < stream.size(); ++i) EXPECT_EQ(parsed(written[i]), parsed(stream[i]));
  }
}

TEST(AnthropicDialect, AStreamSaysWhatItSays) {
  const std::vector<Event> events = events_of(streams()[1]);
  using Kind = Event::Kind;
  std::vector<Kind> kinds;
  for (const Event& event : events) kinds.push_back(event.kind);
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::Start, Kind::PartBegin, Kind::Delta, Kind::PartEnd,
                                      Kind::PartBegin, Kind::Delta, Kind::Delta, Kind::Delta,
                                      Kind::PartEnd, Kind::ChoiceEnd, Kind::Usage, Kind::Done}));
  EXPECT_EQ(events[0].id, "msg_1");
  EXPECT_EQ(events[0].model, "claude-sonnet-4-5");
  EXPECT_EQ(events[4].begun.kind, Part::Kind::ToolUse);
  EXPECT_EQ(events[4].begun.name, "weather");
  EXPECT_EQ(events[6].text, R"({"place": "Be)");
  EXPECT_EQ(events[6].part, 1);
  EXPECT_EQ(events[9].finish, Finish::ToolUse);
  EXPECT_EQ(events[10].usage->input_tokens, 25);
  EXPECT_EQ(events[10].usage->output_tokens, 89);
}

TEST(AnthropicDialect, CountsOfAStreamAreCumulative) {
  const cost::Usage usage = last_usage(events_of(streams()[4]));
  EXPECT_EQ(usage.input_tokens, 2104);
  EXPECT_EQ(usage.cached_input_tokens, 2000);
  EXPECT_EQ(usage.cache_write_input_tokens, 100);
  EXPECT_EQ(usage.cache_write_1h_input_tokens, 60);
  EXPECT_EQ(usage.output_tokens, 7);
}

TEST(AnthropicDialect, WhatIsNoEventIsAnError) {
  for (const char* bad :
       {"", "null", "{}", "{\"type\":7}", R"({"type":"message_start"})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}})",
        R"({"type":"content_block_stop","index":0})",
        R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"}) {
    std::vector<Event> events;
    const auto read = dialect().read_stream()->read(bad, events);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, Code::UpstreamError);
  }
  std::vector<Event> events;
  EXPECT_TRUE(dialect().read_stream()->read(R"({"type":"ping"})", events));
  EXPECT_TRUE(dialect().read_stream()->read(R"({"type":"a_later_event","x":1})", events));
  EXPECT_TRUE(events.empty());
}

}  // namespace
}  // namespace tandem::gateway::anthropic
