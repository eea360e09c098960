// Whole and streamed answers in this dialect: reading and writing is the identity, and every class
// of tokens is counted once. The bodies follow the API's documentation.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/gemini/dialect.h"

namespace tandem::gateway::gemini {
namespace {

namespace bj = boost::json;
using messages::Event;
using messages::Finish;
using messages::Part;

bj::value parsed(std::string_view text) {
  boost::system::error_code error;
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error);
  EXPECT_FALSE(error) << text;
  return value;
}

// clang-format off
constexpr const char* kAnswers[] = {
    R"({"candidates":[{"content":{"parts":[{"text":"Hello!"}],"role":"model"},"finishReason":"STOP","index":0,"avgLogprobs":-0.1}],
        "usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2,"totalTokenCount":6,
        "promptTokensDetails":[{"modality":"TEXT","tokenCount":4}]},"modelVersion":"gemini-2.5-flash","responseId":"r1"})",
    R"({"candidates":[{"content":{"parts":[{"text":"I think.","thought":true},{"text":"4","thoughtSignature":"c2ln"},
        {"functionCall":{"name":"f","args":{"a":[1,{"b":"c"}]}}}],"role":"model"},"finishReason":"STOP"}],
        "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":60,"toolUsePromptTokenCount":30,"candidatesTokenCount":10,
        "thoughtsTokenCount":25,"totalTokenCount":165},"modelVersion":"gemini-3-pro","responseId":"r2"})",
    R"({"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"finishReason":"MAX_TOKENS","index":0},
        {"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"iVBO"}}],"role":"model"},"finishReason":"RECITATION",
        "index":1,"citationMetadata":{"citationSources":[{"startIndex":1}]},"finishMessage":"m"}],"createTime":"2026-01-01T00:00:00Z"})",
    R"({"candidates":[{"finishReason":"SAFETY","index":0,"safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"HIGH"}]}]})",
    R"({"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":5}})",
    R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5},
        "modelVersion":"m"})",
    R"({"candidates":[{"content":{"parts":[{"executableCode":{"language":"PYTHON","code":"1"}},{"text":"ä😀"}],"role":"model"},
        "finishReason":"MALFORMED_FUNCTION_CALL","index":0,"groundingMetadata":{"webSearchQueries":["q"]}}],"responseId":"r"})",
};
// clang-format on

TEST(GeminiDialect, ReadingAndWritingAnAnswerIsTheIdentity) {
  for (const char* body : kAnswers) {
    const auto answer = dialect().read_answer(body);
    ASSERT_TRUE(answer) << answer.error().message << "\n" << body;
    EXPECT_EQ(parsed(dialect().write_answer(*answer, {})), parsed(body));
  }
}

TEST(GeminiDialect, AnAnswerSaysWhatItSays) {
  const auto answer = dialect().read_answer(kAnswers[1]);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, "r2");
  EXPECT_EQ(answer->model, "gemini-3-pro");
  const messages::Choice& choice = answer->choices.at(0);
  ASSERT_EQ(choice.parts.size(), 3u);
  EXPECT_EQ(choice.parts[0].kind, Part::Kind::Thinking);
  EXPECT_EQ(choice.parts[1].text, "4");
  EXPECT_EQ(choice.parts[2].arguments, R"({"a":[1,{"b":"c"}]})");
  EXPECT_EQ(choice.parts[2].id, "call_gemini_r2_0");
  EXPECT_EQ(choice.finish, Finish::ToolUse);
  const auto finish = [](const char* body, size_t at = 0) {
    return dialect().read_answer(body)->choices.at(at).finish;
  };
  EXPECT_EQ(finish(kAnswers[0]), Finish::Stop);
  EXPECT_EQ(finish(kAnswers[2]), Finish::Length);
  EXPECT_EQ(finish(kAnswers[2], 1), Finish::ContentFilter);
  EXPECT_EQ(finish(kAnswers[3]), Finish::ContentFilter);
  EXPECT_EQ(finish(kAnswers[5]), Finish::ContentFilter);
  EXPECT_EQ(finish(kAnswers[6]), Finish::ContentFilter);
}

cost::Usage usage_of(const std::string& counts) {
  const auto answer = dialect().read_answer(
      R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":)" + counts + "}");
  EXPECT_TRUE(answer && answer->usage);
  return answer && answer->usage ? *answer->usage : cost::Usage();
}

TEST(GeminiUsage, ThePromptContainsWhatWasCached) {
  const cost::Usage usage = usage_of(
      R"({"promptTokenCount":100,"cachedContentTokenCount":60,"candidatesTokenCount":7,
          "totalTokenCount":107})");
  EXPECT_EQ(usage.input_tokens, 100);
  EXPECT_EQ(usage.cached_input_tokens, 60);
  EXPECT_EQ(usage.output_tokens, 7);
  EXPECT_TRUE(usage.reported);
}

TEST(GeminiUsage, ThoughtsAreOutputBesideTheCandidates) {
  const cost::Usage usage = usage_of(
      R"({"promptTokenCount":10,"candidatesTokenCount":7,"thoughtsTokenCount":25,
          "totalTokenCount":42})");
  EXPECT_EQ(usage.output_tokens, 32);
  EXPECT_EQ(usage.reasoning_tokens, 25);
  EXPECT_EQ(usage.input_tokens + usage.output_tokens, 42);
}

TEST(GeminiUsage, WhatToolsPutIntoThePromptIsInput) {
  const cost::Usage usage = usage_of(
      R"({"promptTokenCount":10,"toolUsePromptTokenCount":30,"candidatesTokenCount":7,
          "totalTokenCount":47})");
  EXPECT_EQ(usage.input_tokens, 40);
  EXPECT_EQ(usage.input_tokens + usage.output_tokens, 47);
}

TEST(GeminiUsage, SoundsAreCountedInBothDirections) {
  const cost::Usage usage = usage_of(
      R"({"promptTokenCount":"50","candidatesTokenCount":20,
          "promptTokensDetails":[{"modality":"TEXT","tokenCount":10},
                                 {"modality":"AUDIO","tokenCount":40}],
          "candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":15}]})");
  EXPECT_EQ(usage.input_tokens, 50);
  EXPECT_EQ(usage.audio_input_tokens, 40);
  EXPECT_EQ(usage.audio_output_tokens, 15);
}

TEST(GeminiUsage, ZeroIsZeroAndNothingIsNothing) {
  EXPECT_EQ(usage_of(R"({"totalTokenCount":0})").output_tokens, 0);
  const auto silent = dialect().read_answer(R"({"candidates":[{"finishReason":"STOP"}]})");
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->usage);
}

TEST(GeminiDialect, AnErrorInDisguiseIsAnError) {
  for (const char* body :
       {R"({"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}})",
        R"([{"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}])"}) {
    const auto answer = dialect().read_answer(body);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::UpstreamError);
    EXPECT_EQ(answer.error().upstream_code, "UNAVAILABLE");
    EXPECT_NE(answer.error().message.find("Overloaded"), std::string::npos);
  }
  for (const char* bad :
       {"", "[]", "{}", R"({"candidates":[]})", R"({"candidates":[1]})", R"({"usageMetadata":{}})",
        R"({"promptFeedback":{}})", R"({"candidates":[{"content":{"parts":[{"text":1}]}}]})"}) {
    const auto read = dialect().read_answer(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, Code::UpstreamError);
  }
}

using Stream = std::vector<std::string>;

std::string chunk(const std::string& parts, const std::string& rest = "") {
  return R"({"candidates":[{"content":{"parts":[)" + parts + R"(],"role":"model"},"index":0)" +
         rest + R"(}],"modelVersion":"gemini-3-pro","responseId":"r"})";
}

// The text, thoughts and calls of a stream, and how it ended.
std::string told(const Stream& stream) {
  const auto reader = dialect().read_stream();
  std::vector<Event> events;
  for (const std::string& data : stream) {
    const auto read = reader->read(data, events);
    if (!read) return "error: " + read.error().message;
  }
  std::string out;
  for (const Event& event : events) {
    switch (event.kind) {
      case Event::Kind::PartBegin:
        out += event.begun.kind == Part::Kind::Thinking  ? "(think "
               : event.begun.kind == Part::Kind::ToolUse ? "(call " + event.begun.name + " "
               : event.begun.kind == Part::Kind::Other   ? "(other "
               : event.begun.kind == Part::Kind::Image   ? "(image "
                                                         : "(text ";
        for (const messages::Extra& extra : event.begun.extras) out += extra.name + " ";
        break;
      case Event::Kind::Delta:
        out += event.text + "|";
        break;
      case Event::Kind::Signature:
        out += "sig=" + event.text + "|";
        break;
      case Event::Kind::PartEnd:
        out += ")";
        break;
      case Event::Kind::ChoiceEnd:
        out += " end" + std::to_string(static_cast<int>(event.finish));
        break;
      case Event::Kind::Usage:
        out += " " + std::to_string(event.usage->input_tokens) + "+" +
               std::to_string(event.usage->output_tokens);
        break;
      default:
        break;
    }
  }
  return out;
}

const std::vector<Stream>& streams() {
  static const std::string stop = R"(,"finishReason":"STOP")";
  static const std::vector<Stream> all = {
      {chunk(R"({"text":"Hel"})"), chunk(R"({"text":"lo ä"})"), chunk(R"({"text":""})", stop)},
      {chunk(R"({"text":"I ","thought":true})"), chunk(R"({"text":"see.","thought":true})"),
       chunk(R"({"text":"","thought":true,"thoughtSignature":"c2ln"},{"text":"4"})"),
       chunk(R"({"text":"2"})", R"(,"finishReason":"MAX_TOKENS","tokenCount":9)")},
      {chunk(R"({"text":"One moment."})"),
       chunk(R"({"functionCall":{"id":"a","name":"f","args":{"x":[1,{"y":"z"}]}},
                 "thoughtSignature":"c2ln"},{"functionCall":{"name":"g","args":{}}})"),
       chunk(R"({"text":"","thoughtSignature":"c2ln"})", stop)},
      {chunk(R"({"executableCode":{"language":"PYTHON","code":"1"}})"),
       chunk(R"({"inlineData":{"mimeType":"image/png","data":"iVBO"}})"),
       chunk(R"({"text":"a"})", R"(,"finishReason":"SPII","safetyRatings":[{"x":1}])")},
      {R"({"promptFeedback":{"blockReason":"SAFETY"},"modelVersion":"m"})"},
  };
  return all;
}

TEST(GeminiDialect, AStreamSaysWhatItSays) {
  EXPECT_EQ(told(streams()[0]), "(text Hel|lo ä|) end0");
  EXPECT_EQ(told(streams()[1]), "(think I |see.|)(think sig=c2ln|)(text 4|2|) end2");
  EXPECT_EQ(told(streams()[2]),
            R"((text One moment.|)(call f thoughtSignature {"x":[1,{"y":"z"}]}|))"
            R"((call g {}|)(text thoughtSignature ) end3)");
  EXPECT_EQ(told(streams()[3]), "(other executableCode )(image )(text a|) end4");
  EXPECT_EQ(told(streams()[4]), " end4");
  EXPECT_EQ(told({chunk(R"({"text":"a"})", R"(,"finishReason":"STOP")"),
                  R"({"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}})"}),
            "(text a|) end0 3+4");
}

TEST(GeminiDialect, AStreamThatLiesIsAnError) {
  EXPECT_TRUE(told({"{"}).starts_with("error"));
  EXPECT_TRUE(told({"[DONE]"}).starts_with("error"));
  EXPECT_TRUE(told({"{}"}).starts_with("error"));
  EXPECT_TRUE(told({R"({"candidates":[{"index":-1}]})"}).starts_with("error"));
  EXPECT_TRUE(told({R"({"candidates":[{"index":900}]})"}).starts_with("error"));
  EXPECT_TRUE(
      told({chunk(R"({"text":"a"})", R"(,"finishReason":"STOP")"), chunk(R"({"text":"b"})")})
          .starts_with("error"));
  EXPECT_EQ(told({chunk(R"({"text":"a"})"),
                  R"({"error":{"code":500,"message":"Boom","status":"INTERNAL"}})"}),
            "error: The provider reported an error: Boom");
}

// What was read and written is read as the same again, whatever way the pieces are cut.
TEST(GeminiDialect, ReadingAndWritingAStreamIsTheIdentity) {
  for (const Stream& stream : streams()) {
    const auto reader = dialect().read_stream();
    const auto writer = dialect().write_stream({});
    std::vector<Event> events;
    for (const std::string& data : stream) ASSERT_TRUE(reader->read(data, events));
    std::string out;
    for (const Event& event : events) writer->write(event, out);
    writer->finish({}, {}, out);
    Stream again;
    for (size_t at = 0; at < out.size();) {
      ASSERT_EQ(out.substr(at, 6), "data: ");
      const size_t end = out.find("\n\n", at);
      again.push_back(out.substr(at + 6, end - at - 6));
      at = end + 2;
    }
    EXPECT_EQ(told(again), told(stream) + " 0+0");
    EXPECT_EQ(out.find("finishReason"), out.rfind("finishReason"));
    const bj::value last = parsed(again.back());
    if (const auto* candidates = last.as_object().if_contains("candidates")) {
      const bj::value given = parsed(stream.back()).at("candidates").at(0);
      EXPECT_EQ(candidates->at(0).at("finishReason"), given.at("finishReason"));
      if (given.as_object().contains("safetyRatings")) {
        EXPECT_EQ(candidates->at(0).at("safetyRatings"), given.at("safetyRatings"));
      }
    } else {
      EXPECT_EQ(last.at("promptFeedback"), parsed(stream.back()).at("promptFeedback"));
    }
  }
}

}  // namespace
}  // namespace tandem::gateway::gemini
