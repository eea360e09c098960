#include <gtest/gtest.h>

#include "gateway/responses/kept.h"
#include "gateway/responses/links.h"
#include "gateway/responses/provider_request.h"
#include "gateway/responses/request.h"

namespace tandem::gateway::responses {
namespace {

std::string expanded(std::string body, const std::vector<std::string>& earlier,
                     const std::vector<std::string>& items = {}) {
  const Links links = links_of(body);
  return expand(body, links, earlier, items);
}

TEST(Links, EarlierItemsGoInFrontOfTextsAndLists) {
  EXPECT_EQ(expanded(R"({"previous_response_id":"r","input":"hi \"you\""})", {R"({"a":1})"}),
            R"({"previous_response_id":"r","input":[{"a":1},{"type":"message","role":"user",)"
            R"("content":"hi \"you\""}]})");
  EXPECT_EQ(expanded(R"({"input":[ {"b":2}]})", {R"({"a":1})", R"({"a":2})"}),
            R"({"input":[{"a":1},{"a":2}, {"b":2}]})");
  EXPECT_EQ(expanded(R"({"input":[ ]})", {R"({"a":1})"}), R"({"input":[{"a":1} ]})");
  EXPECT_EQ(expanded(R"({"input":"x"})", {}), R"({"input":"x"})");
}

TEST(Links, ReferencesAreFoundWhereverTheirIdStands) {
  std::string body =
      R"({"input":[{"id":"msg_1","type":"item_reference"},{"type":"message","id":"msg_2",)"
      R"("role":"user","content":[{"type":"item_reference","id":"no"}]},)"
      R"({"type":"item_reference","id":"rs_3"}]})";
  const Links links = links_of(body);
  ASSERT_EQ(links.references.size(), 2U);
  EXPECT_EQ(links.references[0].id, "msg_1");
  EXPECT_EQ(links.references[1].id, "rs_3");
  EXPECT_EQ(expand(body, links, {"0"}, {"1", "3"}),
            R"({"input":[0,1,{"type":"message","id":"msg_2","role":"user",)"
            R"("content":[{"type":"item_reference","id":"no"}]},3]})");
  std::string broken = "{";
  EXPECT_TRUE(links_of(broken).empty());
}

TEST(Kept, TheOwnInputIsKeptWithIdsAndEarlierItemsAreNot) {
  const auto kept = kept_response(
      R"({"type":"response.completed","response":{"id":"resp_ab","status":"completed",)"
      R"("output":[{"id":"msg_o","type":"message"}],"usage":null}})",
      R"({"input":[{"id":"old","type":"message"},{"role":"user","content":"hi"},)"
      R"({"type":"function_call_output","call_id":"c","output":"4"}]})",
      1);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->id, "resp_ab");
  EXPECT_EQ(kept->body, R"({"id":"resp_ab","status":"completed","usage":null})");
  ASSERT_EQ(kept->input.size(), 2U);
  EXPECT_EQ(kept->input[0].body,
            R"({"id":"msg_ab_in0","type":"message","role":"user","content":[{"type":"input_text",)"
            R"("text":"hi"}]})");
  EXPECT_EQ(kept->input[1].body,
            R"({"id":"fco_ab_in1","type":"function_call_output","call_id":"c","output":"4"})");
  ASSERT_EQ(kept->output.size(), 1U);
  EXPECT_EQ(kept->output[0].id, "msg_o");
  EXPECT_EQ(shown_response(*kept, kept->output),
            R"({"id":"resp_ab","status":"completed","usage":null,"output":[{"id":"msg_o",)"
            R"("type":"message"}]})");
}

TEST(Kept, AReplayGoesOnAfterANumber) {
  const std::string response =
      R"({"id":"resp_1","object":"response","created_at":5,"status":"completed","error":null,)"
      R"("incomplete_details":null,"model":"chat","output":[{"type":"message","id":"msg_1",)"
      R"("status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi",)"
      R"("annotations":[],"logprobs":[]}]}],"store":true,"usage":null})";
  const auto all = replayed_response(response, -1);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE(all->starts_with("event: response.created\n"));
  EXPECT_NE(all->find(R"("delta":"Hi")"), std::string::npos);
  EXPECT_NE(all->find("\n\nevent: response.completed\n"), std::string::npos);
  const auto rest = replayed_response(response, 1);
  EXPECT_TRUE(
      rest->starts_with("event: response.output_item.added\ndata: {\"type\":"
                        "\"response.output_item.added\",\"sequence_number\":2,"));
  EXPECT_EQ(replayed_response(response, 1000).value_or("?"), "");
}

TEST(ResponsesCall, TextsHaveTheirSpeakersAndPlaces) {
  const auto call = read_request(
      R"({"model":"chat","stream":true,"max_output_tokens":9,"instructions":"Be brief.","input":[)"
      R"({"role":"user","content":[{"type":"input_text","text":"Hi"}]},)"
      R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
      R"({"type":"reasoning","summary":[{"type":"summary_text","text":"Hm"}],)"
      R"("encrypted_content":"gAAAAAAAAAA"},)"
      R"({"type":"function_call_output","call_id":"c","output":"4"}]})");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->endpoint, "chat");
  EXPECT_TRUE(call->stream);
  EXPECT_EQ(call->max_output_tokens, 9);
  std::string said;
  for (const TextSegment& text : call->texts) {
    EXPECT_EQ(text.text.find("gAAAA"), std::string::npos);
    if (!text.role.empty()) said += text.role + ": " + text.text + "; ";
  }
  EXPECT_EQ(said, "system: Be brief.; user: Hi; assistant: {}; assistant: Hm; tool: 4; ");
  const auto plain = read_request(R"({"model":"chat","input":"Hi"})");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->texts.at(0).role, "user");
}

TEST(ResponsesCall, WhatTandemDoesNotDoIsRefusedByName) {
  const std::pair<std::string_view, std::string_view> wrong[] = {
      {R"({"model":"m","input":"x","background":true})", "background"},
      {R"({"model":"m","input":"x","conversation":"conv_1"})", "conversation"},
      {R"({"model":"m","input":"x","conversation":{"id":"conv_1"}})", "conversation"},
      {R"({"model":"m","input":"x","prompt":{"id":"pmpt_1"}})", "prompt"},
      {R"({"model":"m","input":"x","stream":"yes"})", "stream"},
      {R"({"model":"m","input":"x","store":1})", "store"},
      {R"({"model":"m","input":"x","max_output_tokens":0})", "max_output_tokens"},
      {R"({"model":"m","input":"x","previous_response_id":7})", "previous_response_id"},
      {R"({"model":"m","input":{}})", "input"},
      {R"({"model":"m","input":["x"]})", "input[0]"},
      {R"({"model":7,"input":"x"})", "model"},
      {R"({"input":"x"})", "model"}};
  for (const auto& [body, field] : wrong) {
    const auto call = read_request(std::string(body));
    ASSERT_FALSE(call) << body;
    EXPECT_EQ(call.error().param, field) << body;
    EXPECT_EQ(call.error().code, Code::InvalidArgument);
  }
  EXPECT_TRUE(read_request(R"({"model":"m","input":"x","background":null,"conversation":null})"));
}

TEST(ProviderRequest, IsTheClientsOwnButForWhatTandemStores) {
  auto call = read_request(
      R"({"model":"chat","store":true,"previous_response_id":"resp_1","novel":{"a":1.50},)"
      R"("reasoning":{"effort":"low"},"include":["x"],"input":[)"
      R"({"type":"reasoning","id":"rs_1","summary":[]},)"
      R"({"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAA"},)"
      R"({"type":"reasoning","id":"rs_3","summary":[],"encrypted_content":"anthropic:c2ln"},)"
      R"({"role":"user","content":"Hi"}]})");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(provider_request(*call, "gpt-5").value_or(""),
            R"({"model":"gpt-5","novel":{"a":1.50},"reasoning":{"effort":"low"},"input":[)"
            R"({"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAA"},)"
            R"({"role":"user","content":"Hi"}],"include":["x","reasoning.encrypted_content"],)"
            R"("store":false})");
  auto plain = read_request(R"({"model":"chat","input":"Hi"})");
  EXPECT_EQ(provider_request(*plain, "m").value_or(""),
            R"({"model":"m","input":"Hi","store":false})");
}

}  // namespace
}  // namespace tandem::gateway::responses
