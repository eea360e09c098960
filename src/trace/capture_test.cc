#include "trace/capture.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/text/utf8.h"
#include "trace/render.h"
#include "trace/sample_spans.h"

namespace tandem::trace {
namespace {

using testing::full_span;

std::string rendered(const Span& span) {
  std::string out;
  json::Writer json(out);
  write_span(json, span, Counted::Yes);
  return out;
}

// A span that says "classified" wherever content can stand.
Span secretive_span() {
  Span span = full_span();
  const std::string secret = "classified";
  const std::string object = R"({"x":"classified"})";
  span.status_message = secret;
  span.input_messages = {testing::text_message("user", secret)};
  span.output_messages = {testing::text_message("assistant", secret)};
  span.tool_definitions = {{"t", secret, {object}}};
  span.input.text = span.output.text = object;
  span.tool = ToolUse{"t", "id", {object}, {object}};
  span.documents = {{"d", secret, 1.0, {object}}};
  span.exception = ExceptionInfo{"TimeoutError", secret, secret};
  span.events = {{"exception", 1, {R"({"exception.message":"classified"})"}}};
  span.attributes.text =
      R"({"gen_ai.input.messages":"classified","input.value":"classified","n":3,
          "llm.input_messages.0.message.content":"classified","ok":"short","flag":true,
          "mlflow.spanInputs":{"a":"classified"},"list":["classified"],
          "traceloop.entity.input":"classified","langfuse.observation.input":"classified",
          "gen_ai.prompt.0.content":"classified"})";
  span.facts.metadata.text = object;
  return span;
}

TEST(Capture, FullKeepsEverything) {
  Span span = secretive_span();
  const std::string before = rendered(span);
  EXPECT_EQ(apply_capture(span, Capture::Full), Keep::Yes);
  EXPECT_EQ(rendered(span), before);
}

TEST(Capture, MetadataKeepsNoContentAndAllTheRest) {
  Span span = secretive_span();
  EXPECT_EQ(apply_capture(span, Capture::Metadata), Keep::Yes);
  EXPECT_EQ(rendered(span).find("classified"), std::string::npos) << rendered(span);
  EXPECT_TRUE(span.facts.metadata.empty());
  EXPECT_EQ(span.model(), "gpt-4o-mini-2024-07-18");
  EXPECT_EQ(span.usage->input_tokens, 100);
  EXPECT_EQ(span.exception->type, "TimeoutError");
  EXPECT_EQ(span.tool->name, "t");
  EXPECT_EQ(boost::json::parse(span.attributes.text),
            boost::json::parse(R"({"n":3,"ok":"short","flag":true})"));
  EXPECT_EQ(boost::json::parse(span.parameters.text),
            boost::json::parse(R"({"temperature":0.2,"max_tokens":100,"stop":"END"})"));
}

TEST(Capture, RedactedTrustsOnlyWhatAGuardHasSeen) {
  Span raw = secretive_span();
  raw.content_state = ContentState::Raw;
  EXPECT_EQ(apply_capture(raw, Capture::Redacted), Keep::Yes);
  EXPECT_EQ(rendered(raw).find("classified"), std::string::npos);

  Span redacted = full_span();
  redacted.content_state = ContentState::Redacted;
  redacted.input_messages = {testing::text_message("user", "my key is [secret]")};
  EXPECT_EQ(apply_capture(redacted, Capture::Redacted), Keep::Yes);
  EXPECT_EQ(redacted.input_messages[0].parts[0].content, "my key is [secret]");
}

TEST(Capture, NoneKeepsNoSpan) {
  Span span = full_span();
  EXPECT_EQ(apply_capture(span, Capture::None), Keep::No);
}

TEST(Capture, NamesGoBothWays) {
  for (const char* name : {"full", "redacted", "metadata", "none"}) {
    EXPECT_EQ(name_of(*find_capture(name)), name);
  }
  EXPECT_FALSE(find_capture("some"));
}

TEST(Capture, LongTextIsCutVisiblyAtACharacter) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\xE6\x97\xA5";
  for (size_t most = 60; most < 70; ++most) {
    std::string cut = text;
    EXPECT_TRUE(cut_text(cut, most));
    EXPECT_LE(cut.size(), most);
    EXPECT_TRUE(text::is_valid_utf8(cut));
    EXPECT_TRUE(cut.ends_with("…[cut by Tandem: " + std::to_string(most) + " of 3000 bytes]"));
  }
  std::string small = "fits";
  EXPECT_FALSE(cut_text(small, 4));
  EXPECT_EQ(small, "fits");
}

TEST(Capture, LimitsHoldPerTextAndPerSpan) {
  Span span = full_span();
  span.input_messages = {testing::text_message("user", std::string(5000, 'a')),
                         testing::text_message("user", std::string(5000, 'b'))};
  span.output_messages = {testing::text_message("assistant", std::string(900, 'c'))};
  EXPECT_EQ(apply_capture(span, Capture::Full, {.max_text_bytes = 1000, .max_span_bytes = 2000}),
            Keep::Yes);
  EXPECT_EQ(span.output_messages[0].parts[0].content.size(), 900u);
  EXPECT_EQ(span.input_messages[0].parts[0].content.size(), 1000u);
  EXPECT_TRUE(span.input_messages[1].parts[0].content.starts_with("bbbb"));
  EXPECT_LT(span.input_messages[1].parts[0].content.size(), 200u);
  // JSON that was cut is shown as the text that is left of it.
  Span big = full_span();
  big.input.text = "{\"k\":\"" + std::string(5000, 'x') + "\"}";
  EXPECT_EQ(apply_capture(big, Capture::Full, {.max_text_bytes = 1000}), Keep::Yes);
  const auto json = boost::json::parse(rendered(big));
  EXPECT_TRUE(json.at("input").is_string());
}

TEST(Capture, NamesAndListsAreBounded) {
  Span span = full_span();
  span.name = std::string(10'000, 'n');
  span.events.assign(5000, {"e", 1, {}});
  span.facts.tags.assign(500, "t");
  (void)apply_capture(span, Capture::Full);
  EXPECT_EQ(span.name.size(), limits::kMaxNameBytes);
  EXPECT_EQ(span.events.size(), limits::kMaxListItems);
  EXPECT_EQ(span.facts.tags.size(), limits::kMaxTags);
  EXPECT_GT(approximate_bytes(span), limits::kMaxListItems * sizeof(Event));
}

}  // namespace
}  // namespace tandem::trace
