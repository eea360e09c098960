// A chat that came in another dialect, as the Messages API takes it: what cannot be said is an
// error or is named, and nothing else is lost.
#include "gateway/anthropic/request_writer.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace tandem::gateway::anthropic {
namespace {

namespace bj = boost::json;
using messages::Message;
using messages::Part;
using messages::Request;
using messages::Role;
using Names = std::vector<std::string>;

Message said(Role role, std::string text) {
  Message message;
  message.role = role;
  message.is_plain = true;
  message.parts.push_back(messages::text_part(std::move(text)));
  return message;
}

Message result(std::string id, std::string text) {
  Message message;
  message.role = Role::Tool;
  Part part;
  part.kind = Part::Kind::ToolResult;
  part.id = std::move(id);
  part.content.push_back(messages::text_part(std::move(text)));
  message.parts.push_back(std::move(part));
  return message;
}

Part call(std::string id, std::string arguments) {
  Part part;
  part.kind = Part::Kind::ToolUse;
  part.id = std::move(id);
  part.name = "f";
  part.arguments = std::move(arguments);
  return part;
}

Request chat() {
  Request request;
  request.dialect = "openai";
  request.model = "chat";
  request.max_tokens = 8192;
  request.messages.push_back(said(Role::User, "Hi"));
  return request;
}

bj::object written(const Request& request, Names* dropped = nullptr,
                   const std::string& model = "claude-sonnet-4-5") {
  auto out = compose_request(request, {.model = model});
  EXPECT_TRUE(out) << out.error().message;
  if (!out) return {};
  if (dropped) *dropped = out->dropped;
  return bj::parse(out->body).as_object();
}

std::string refused(const Request& request) {
  const auto out = compose_request(request, {.model = "claude-sonnet-4-5"});
  if (out) return "fine";
  EXPECT_EQ(out.error().code, Code::InvalidArgument);
  return out.error().param;
}

TEST(AnthropicRequestWriter, SystemAndDeveloperMessagesGoToTheFront) {
  Request request = chat();
  request.messages.insert(request.messages.begin(), said(Role::System, "One."));
  EXPECT_EQ(written(request).at("system"), bj::value("One."));
  request.messages.push_back(said(Role::Developer, "Two."));
  const bj::object body = written(request);
  EXPECT_EQ(body.at("system"),
            bj::parse(R"([{"type":"text","text":"One."},{"type":"text","text":"Two."}])"));
  EXPECT_EQ(body.at("messages"), bj::parse(R"([{"role":"user","content":"Hi"}])"));
}

TEST(AnthropicRequestWriter, ResultsAndTheWordsAfterThemAreOneMessage) {
  Request request = chat();
  Message calls;
  calls.role = Role::Assistant;
  calls.parts = {messages::text_part(""), call("call/1", R"({"a": 1})"), call("call_2", "")};
  request.messages.push_back(calls);
  request.messages.push_back(result("call/1", "one"));
  request.messages.push_back(result("call_2", "two"));
  request.messages.push_back(said(Role::User, "And?"));
  EXPECT_EQ(written(request).at("messages"), bj::parse(R"([{"role":"user","content":"Hi"},
      {"role":"assistant","content":[
        {"type":"tool_use","id":"call_1","name":"f","input":{"a":1}},
        {"type":"tool_use","id":"call_2","name":"f","input":{}}]},
      {"role":"user","content":[
        {"type":"tool_result","tool_use_id":"call_1","content":"one"},
        {"type":"tool_result","tool_use_id":"call_2","content":"two"},
        {"type":"text","text":"And?"}]}])"));
}

TEST(AnthropicRequestWriter, MediaAreTakenFromDataUrls) {
  Request request = chat();
  Part image, file, note;
  image.kind = Part::Kind::Image;
  image.media.url = "data:image/png;base64,iVBO";
  image.media.detail = "low";
  file.kind = Part::Kind::File;
  file.media.url = "data:application/pdf;base64,JVBE";
  file.media.name = "a.pdf";
  note.kind = Part::Kind::File;
  note.media.type = "text/plain";
  note.media.data = "aGk=";
  request.messages[0].parts = {image, file, note};
  request.messages[0].is_plain = false;
  Names dropped;
  EXPECT_EQ(written(request, &dropped).at("messages"), bj::parse(R"([{"role":"user","content":[
      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}},
      {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},
       "title":"a.pdf"},
      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"hi"}}]}])"));
  EXPECT_EQ(dropped, Names{"detail"});
}

TEST(AnthropicRequestWriter, WhatTheAnswerDependsOnIsAnError) {
  Request request = chat();
  request.choices = 2;
  EXPECT_EQ(refused(request), "n");
  request = chat();
  request.messages[0].parts[0].kind = Part::Kind::Audio;
  EXPECT_EQ(refused(request), "messages[0].content[0]");
  request.messages[0].parts[0].kind = Part::Kind::Other;
  EXPECT_EQ(refused(request), "messages[0].content[0]");
  request.messages[0].parts[0] = call("x", "[1]");
  EXPECT_EQ(refused(request), "messages[0].content[0]");
  request.messages[0].parts[0] = call("x", "{\"a\":");
  EXPECT_EQ(refused(request), "messages[0].content[0]");
  request = chat();
  request.tools.push_back({.name = "search", .is_native = true});
  EXPECT_EQ(refused(request), "tools");
  request = chat();
  request.extras.push_back({"audio", R"({"voice":"a"})"});
  EXPECT_EQ(refused(request), "audio");
  request = chat();
  request.messages[0].role = Role::System;
  EXPECT_EQ(refused(request), "messages");
}

TEST(AnthropicRequestWriter, WhatItDoesNotDependOnIsNamed) {
  Request request = chat();
  request.seed = 1;
  request.frequency_penalty = 0.5;
  request.presence_penalty = 0;  // as without it
  request.temperature = 1.5;
  request.service_tier = "flex";
  request.format.emplace();
  request.format->kind = messages::ResponseFormat::Kind::JsonObject;
  request.extras = {{"logit_bias", "{}"}, {"stop", "", {}, true}};
  request.messages[0].name = "Ann";
  request.messages[0].parts[0].extras = {{"cache_hint", "1"}};
  Part thinking;
  thinking.kind = Part::Kind::Thinking;
  thinking.text = "Hm";
  Message answer;
  answer.role = Role::Assistant;
  answer.parts = {thinking, messages::text_part("Hello")};
  request.messages.push_back(answer);
  Names dropped;
  request.messages[0].is_plain = false;
  const bj::object body = written(request, &dropped);
  std::sort(dropped.begin(), dropped.end());
  EXPECT_EQ(dropped, (Names{"cache_hint", "frequency_penalty", "logit_bias", "name",
                            "response_format", "seed", "service_tier", "temperature", "thinking"}));
  EXPECT_EQ(bj::value(body), bj::parse(R"({"model":"claude-sonnet-4-5","max_tokens":8192,
      "temperature":1,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]},
      {"role":"assistant","content":[{"type":"text","text":"Hello"}]}]})"));
}

TEST(AnthropicRequestWriter, ToolsAndFormats) {
  Request request = chat();
  request.tools.push_back({.name = "f"});
  request.parallel_tool_calls = false;
  request.format.emplace();
  request.format->kind = messages::ResponseFormat::Kind::JsonSchema;
  request.format->schema = R"({"type":"object"})";
  request.user = "u";
  request.stop = {"END"};
  const bj::object body = written(request);
  EXPECT_EQ(body.at("tools"), bj::parse(R"([{"name":"f","input_schema":{"type":"object",
      "properties":{}}}])"));
  EXPECT_EQ(body.at("tool_choice"),
            bj::parse(R"({"type":"auto","disable_parallel_tool_use":true})"));
  EXPECT_EQ(body.at("output_config"),
            bj::parse(R"({"format":{"type":"json_schema","schema":{"type":"object"}}})"));
  EXPECT_EQ(body.at("metadata"), bj::parse(R"({"user_id":"u"})"));
  EXPECT_EQ(body.at("stop_sequences"), bj::parse(R"(["END"])"));
}

TEST(AnthropicRequestWriter, EffortIsABudgetForOlderModelsAndAnEffortForLaterOnes) {
  Request request = chat();
  request.reasoning.emplace();
  request.reasoning->effort = "low";
  request.temperature = 0.2;
  Names dropped;
  bj::object body = written(request, &dropped);
  EXPECT_EQ(body.at("thinking"), bj::parse(R"({"type":"enabled","budget_tokens":1024})"));
  EXPECT_FALSE(body.contains("temperature"));  // the API refuses it beside thinking
  EXPECT_EQ(dropped, Names{"temperature"});
  request.reasoning->effort = "high";  // 24,576, but at most half of 8,192
  EXPECT_EQ(written(request).at("thinking"),
            bj::parse(R"({"type":"enabled","budget_tokens":4096})"));
  body = written(request, nullptr, "claude-opus-4-8");
  EXPECT_EQ(body.at("thinking"), bj::parse(R"({"type":"adaptive"})"));
  EXPECT_EQ(body.at("output_config"), bj::parse(R"({"effort":"high"})"));
  EXPECT_EQ(written(request, nullptr, "glm-5").at("thinking"),
            bj::parse(R"({"type":"enabled","budget_tokens":4096})"));
  request.temperature.reset();
  request.max_tokens = 1500;  // no room for 1,024 and an answer
  body = written(request, &dropped);
  EXPECT_FALSE(body.contains("thinking"));
  EXPECT_EQ(dropped, Names{"reasoning"});
  request.reasoning->effort = "none";
  EXPECT_EQ(written(request).at("thinking"), bj::parse(R"({"type":"disabled"})"));
}

}  // namespace
}  // namespace tandem::gateway::anthropic
