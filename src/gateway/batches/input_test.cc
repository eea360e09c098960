#include "gateway/batches/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace tandem::gateway::batches {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> split(std::string_view text, size_t step) {
  LineSplitter splitter(100);
  std::vector<std::string> lines;
  const auto take = [&] {
    while (true) {
      const auto line = splitter.next();
      EXPECT_TRUE(line);
      if (!line || !*line) return;
      lines.push_back(std::to_string(splitter.number()) + ":" + std::string(**line));
    }
  };
  for (size_t at = 0; at < text.size(); at += step) {
    splitter.feed(text.substr(at, step));
    take();
  }
  splitter.finish();
  take();
  return lines;
}

TEST(LineSplitter, CutsTheSameLinesHoweverTheBytesCome) {
  for (size_t step = 1; step < 20; ++step) {
    EXPECT_THAT(split("one\r\ntwo\n\n \t\nthree", step), ElementsAre("1:one", "2:two", "3:three"));
    EXPECT_THAT(split("one\n", step), ElementsAre("1:one"));
  }
  EXPECT_TRUE(split("\n \r\n", 1).empty());
}

TEST(LineSplitter, ALineHasALimit) {
  for (const bool ended : {true, false}) {
    LineSplitter splitter(10);
    splitter.feed("short\n" + std::string(11, 'x') + (ended ? "\n" : ""));
    ASSERT_TRUE(splitter.next());
    const auto refused = splitter.next();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::PayloadTooLarge);
    EXPECT_THAT(refused.error().message, HasSubstr("Line 2"));
  }
}

constexpr std::string_view kChat = "/v1/chat/completions";

TEST(ReadLine, KeepsTheBytesOfTheBody) {
  // The example of OpenAI's reference, with a number that no double can hold.
  const auto request = read_line(
      R"({"custom_id": "request-1", "method": "POST", "url": "/v1/chat/completions", "body": )"
      R"({"model": "gpt-4o-mini", "seed": 12345678901234567890, "messages": [{"role": "user", )"
      R"("content": "What is 2+2?"}]}})",
      kChat);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->custom_id, "request-1");
  EXPECT_EQ(request->model, "gpt-4o-mini");
  EXPECT_EQ(request->body, R"({"model": "gpt-4o-mini", "seed": 12345678901234567890, "messages": )"
                           R"([{"role": "user", "content": "What is 2+2?"}]})");
}

TEST(ReadLine, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::pair<std::string_view, std::string_view>> cases[] = {
      {"not json", {"invalid_json_line", ""}},
      {"[1]", {"invalid_json_line", ""}},
      {R"({"method":"POST"})", {"missing_required_parameter", "custom_id"}},
      {R"({"custom_id":7})", {"missing_required_parameter", "custom_id"}},
      {R"({"custom_id":"a","method":"GET"})", {"invalid_method", "method"}},
      {R"({"custom_id":"a","method":"POST","url":"/v1/embeddings"})", {"invalid_url", "url"}},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions"})",
       {"missing_required_parameter", "body"}},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":"x"})",
       {"missing_required_parameter", "body"}},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}})",
       {"missing_required_parameter", "body.model"}},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m",)"
       R"("stream":true}})",
       {"invalid_value", "body.stream"}},
  };
  for (const auto& [line, expected] : cases) {
    const auto request = read_line(line, kChat);
    ASSERT_FALSE(request) << line;
    EXPECT_EQ(request.error().code, expected.first) << line;
    EXPECT_EQ(request.error().param, expected.second) << line;
    EXPECT_FALSE(request.error().message.empty());
  }
}

std::string line(std::string_view id) {
  return R"({"custom_id":")" + std::string(id) +
         R"(","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}})";
}

TEST(InputCheck, CountsLinesAndFindsWhatIsTwice) {
  InputCheck check(std::string(kChat), 10);
  EXPECT_TRUE(check.take(line("a"), 1));
  EXPECT_TRUE(check.take(line("b"), 2));
  check.finish();
  EXPECT_EQ(check.lines(), 2);
  EXPECT_TRUE(check.errors().empty());
  EXPECT_TRUE(check.take(line("a"), 3));
  EXPECT_TRUE(check.take("{", 4));
  ASSERT_EQ(check.errors().size(), 2u);
  const auto errors = boost::json::parse(errors_json(check.errors())).as_array();
  EXPECT_EQ(errors[0].at("code"), "duplicate_custom_id");
  EXPECT_EQ(errors[0].at("line"), 3);
  EXPECT_EQ(errors[0].at("param"), "custom_id");
  EXPECT_EQ(errors[1].at("code"), "invalid_json_line");
  EXPECT_TRUE(errors[1].at("param").is_null());
}

TEST(InputCheck, HasLimits) {
  InputCheck check(std::string(kChat), 2);
  EXPECT_TRUE(check.take(line("a"), 1));
  EXPECT_TRUE(check.take(line("b"), 2));
  EXPECT_FALSE(check.take(line("c"), 3));
  EXPECT_EQ(check.errors().at(0).code, "too_many_lines");
  InputCheck bad(std::string(kChat), 1'000);
  int taken = 0;
  while (bad.take("{", taken + 1)) ++taken;
  EXPECT_EQ(bad.errors().size(), 100u);
  InputCheck empty(std::string(kChat), 2);
  empty.finish();
  EXPECT_EQ(empty.errors().at(0).code, "empty_file");
}

}  // namespace
}  // namespace tandem::gateway::batches
