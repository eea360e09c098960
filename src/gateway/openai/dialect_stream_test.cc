// Streams that are read and written again say the same, and what a client sees is a stream as this
// protocol has it.
#include <gtest/gtest.h>

#include <map>

#include "base/json/tree.h"
#include "gateway/openai/dialect.h"

namespace tandem::gateway::openai {
namespace {

using messages::Event;
using Data = std::vector<std::string>;

// What a stream says, however it was cut.
struct Said {
  std::map<std::pair<int64_t, int64_t>, std::string> texts;  // by choice and part
  std::map<std::pair<int64_t, int64_t>, std::string> begun;  // kind, id, name
  std::map<int64_t, messages::Finish> ends;
  std::optional<cost::Usage> usage;
  bool done = false;
  friend bool operator==(const Said&, const Said&) = default;
};

Result<std::vector<Event>> read(const Data& stream) {
  auto reader = dialect().read_stream();
  std::vector<Event> events;
  for (const std::string& data : stream) TRY_VOID(reader->read(data, events));
  return events;
}

Said said(const std::vector<Event>& events) {
  Said out;
  for (const Event& event : events) {
    const std::pair at{event.choice, event.part};
    if (event.kind == Event::Kind::PartBegin) {
      out.begun[at] = std::to_string(static_cast<int>(event.begun.kind)) + " " + event.begun.id +
                      " " + event.begun.name;
    }
    if (event.kind == Event::Kind::Delta) out.texts[at] += event.text;
    if (event.kind == Event::Kind::ChoiceEnd) out.ends[event.choice] = event.finish;
    if (event.kind == Event::Kind::Usage) out.usage = event.usage;
    if (event.kind == Event::Kind::Done) out.done = true;
  }
  return out;
}

Data written(const std::vector<Event>& events, bool include_usage) {
  auto writer = dialect().write_stream({.model = "chat", .include_usage = include_usage});
  std::string out;
  cost::Usage usage;
  for (const Event& event : events) {
    if (event.usage) usage = *event.usage;
    writer->write(event, out);
  }
  writer->finish(usage, {.model = "chat", .include_usage = include_usage}, out);
  Data data;
  for (size_t at = 0; at < out.size();) {
    const size_t end = out.find("\n\n", at);
    EXPECT_EQ(out.substr(at, 6), "data: ");
    data.push_back(out.substr(at + 6, end - at - 6));
    at = end + 2;
  }
  return data;
}

// clang-format off
std::string chunk(const std::string& inside) {
  return R"({"id":"c","object":"chat.completion.chunk","created":5,"model":"m","choices":[)" +
         inside + "]}";
}
std::string delta(const std::string& inside, int choice = 0) {
  return chunk("{\"index\":" + std::to_string(choice) + ",\"delta\":{" + inside +
               "},\"finish_reason\":null}");
}
std::string end(const std::string& reason, int choice = 0) {
  return chunk("{\"index\":" + std::to_string(choice) + ",\"delta\":{},\"finish_reason\":\"" +
               reason + "\"}");
}
const std::string kUsage =
    R"({"id":"c","object":"chat.completion.chunk","created":5,"model":"m","choices":[],)"
    R"("usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27,)"
    R"("prompt_tokens_details":{"cached_tokens":12},"completion_tokens_details":{"reasoning_tokens":3}}})";

const std::vector<Data> kStreams = {
    {delta(R"("role":"assistant","content":"")"), delta(R"("content":"Hel")"),
     delta(R"("content":"lo")"), end("stop"), kUsage, "[DONE]"},
    {delta(R"("role":"assistant","content":null,"reasoning_content":"Let ")"),
     delta(R"("reasoning_content":"me see.")"), delta(R"("content":"4")"), end("length"), kUsage,
     "[DONE]"},
    {delta(R"("role":"assistant","content":null)"),
     delta(
         R"("tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}])"),
     delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}])"),
     delta(R"("tool_calls":[{"index":0,"function":{"arguments":":1}"}}])"),
     delta(
         R"("tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"g","arguments":"{}"}}])"),
     end("tool_calls"), kUsage, "[DONE]"},
    {delta(R"("role":"assistant","content":"A")"), delta(R"("role":"assistant","content":"B")", 1),
     delta(R"("content":"a")"), end("stop"), delta(R"("content":"b")", 1), end("length", 1), kUsage,
     "[DONE]"},
    {delta(R"("role":"assistant","refusal":"I can")"), delta(R"("refusal":"not.")"), end("stop"),
     "[DONE]"},
    {delta(R"("role":"assistant","content":"Bad")"), end("content_filter"), "[DONE]"},
    {delta(R"("role":"assistant","content":"I look.")"),
     delta(
         R"("tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}])"),
     chunk(R"({"index":0,"delta":{"content":" So."},"finish_reason":"tool_calls"})"), kUsage,
     "[DONE]"},
    // Azure opens with a chunk about the prompt; Gemini sends whole calls without an index.
    {R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]})",
     delta(R"("role":"assistant","reasoning":"Hm.")"),
     delta(
         R"("tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}])"),
     delta(
         R"("tool_calls":[{"id":"y","type":"function","function":{"name":"f","arguments":"{\"a\":2}"}}])"),
     end("tool_calls"), kUsage, "[DONE]"},
    {delta(R"("role":"assistant","content":"\u00e9\ud83d\ude00 \"x\"\n")"), end("stop"), kUsage,
     "[DONE]"},
};

// clang-format on

TEST(OpenAiDialectStream, SaysTheSameWrittenAgain) {
  ASSERT_GE(kStreams.size(), 8u);
  for (const Data& stream : kStreams) {
    const auto events = read(stream);
    ASSERT_TRUE(events) << events.error().message;
    const Said first = said(*events);
    const auto again = read(written(*events, first.usage.has_value()));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(said(*again) == first) << stream[0];
    EXPECT_TRUE(first.done);
  }
}

TEST(OpenAiDialectStream, PartsComeOneAfterTheOther) {
  const auto events = read(kStreams[2]);
  ASSERT_TRUE(events);
  using Kind = Event::Kind;
  std::vector<Kind> kinds;
  for (const Event& event : *events) kinds.push_back(event.kind);
  EXPECT_EQ(kinds, (std::vector{Kind::Start, Kind::PartBegin, Kind::Delta, Kind::Delta,
                                Kind::PartEnd, Kind::PartBegin, Kind::Delta, Kind::PartEnd,
                                Kind::ChoiceEnd, Kind::Usage, Kind::Done}));
  EXPECT_EQ((*events)[0].created_s, 5);
  EXPECT_EQ((*events)[1].begun.id, "call_1");
  EXPECT_EQ((*events)[5].begun.name, "g");
  EXPECT_EQ((*events)[9].usage->input_tokens, 20);
  EXPECT_EQ((*events)[9].usage->cached_input_tokens, 12);
}

TEST(OpenAiDialectStream, AClientGetsRolePiecesEndUsageAndDone) {
  std::vector<Event> events(6);
  events[0].kind = Event::Kind::Start;
  events[0].id = "msg_1";
  events[1].kind = Event::Kind::PartBegin;
  events[1].begun.kind = messages::Part::Kind::ToolUse;
  events[1].begun.id = "toolu_1";
  events[1].begun.name = "now";
  events[2].kind = Event::Kind::PartEnd;
  events[3].kind = Event::Kind::ChoiceEnd;
  events[3].finish = messages::Finish::ToolUse;
  events[4].kind = Event::Kind::Usage;
  events[5].kind = Event::Kind::Done;
  auto writer = dialect().write_stream({.model = "chat", .include_usage = true, .created_s = 9});
  std::string out;
  for (const Event& event : events) writer->write(event, out);
  cost::Usage usage;
  usage.input_tokens = 3;
  usage.output_tokens = 2;
  writer->finish(usage, {.model = "chat", .include_usage = true, .cost_nano_usd = 77}, out);
  // clang-format off
  const std::string head =
      R"(data: {"id":"msg_1","object":"chat.completion.chunk","created":9,"model":"chat","choices":[)";
  const auto piece = [&head](const std::string& inside, const std::string& reason) {
    return head + R"({"index":0,"delta":{)" + inside + R"(},"logprobs":null,"finish_reason":)" +
           reason + "}],\"usage\":null}\n\n";
  };
  EXPECT_EQ(
      out,
      piece(R"("role":"assistant","content":"","refusal":null)", "null") +
          piece(
              R"("tool_calls":[{"index":0,"id":"toolu_1","type":"function","function":{"name":"now","arguments":""}}])",
              "null") +
          piece(R"("tool_calls":[{"index":0,"function":{"arguments":"{}"}}])", "null") +
          piece("", R"("tool_calls")") + head +
          R"(],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,)"
          R"("prompt_tokens_details":{"cached_tokens":0},)"
          R"("completion_tokens_details":{"reasoning_tokens":0},"cost_nano_usd":77}})"
          "\n\ndata: [DONE]\n\n");
  // clang-format on
}

TEST(OpenAiDialectStream, WhatIsNoChunkIsAnErrorWithTheProvidersWords) {
  const auto failed = [](std::string data) {
    auto events = read({std::move(data)});
    return events ? std::string("fine") : events.error().message;
  };
  EXPECT_EQ(failed(R"({"error":{"message":"Overloaded, sorry.","type":"x","code":"y"}})"),
            "The provider reported an error: Overloaded, sorry.");
  for (const char* bad : {"", "{", "[]", "1", "{}", R"({"choices":{}})", R"({"choices":[1]})",
                          R"({"choices":[{"index":-1}]})", R"({"choices":[{"index":99999}]})",
                          R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]})"}) {
    EXPECT_NE(failed(bad), "fine") << bad;
  }
  const auto late = read({end("stop"), delta(R"("content":"x")")});
  EXPECT_EQ(late.error().code, Code::UpstreamError);
}

}  // namespace
}  // namespace tandem::gateway::openai
