// Reading and writing a request in this dialect is the identity on everything that the API takes.
// The bodies follow the examples of the Gemini API's documentation, one for every part and field.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/gemini/dialect.h"

namespace tandem::gateway::gemini {
namespace {

namespace bj = boost::json;
using messages::Part;
using messages::Role;

bj::value parsed(std::string_view text) {
  boost::system::error_code error;
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error);
  EXPECT_FALSE(error) << text;
  return value;
}

// clang-format off
constexpr const char* kRequests[] = {
    // Texts.
    R"({"contents":[{"parts":[{"text":"Hello"}]}]})",
    R"({"contents":[{"role":"user","parts":[{"text":"Hi"},{"text":"ä \u0001 \"q\" 😀"}]},{"role":"model","parts":[{"text":""}]},
        {"role":"user","parts":[{"text":"Go on"}]}],"systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Be kind."}]}})",
    R"({"contents":[{"role":"user","parts":[{"text":"x"}]}],"systemInstruction":{"role":"user","parts":[{"text":"y"}]}})",
    // Media, inside and by address.
    R"({"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}},
        {"inlineData":{"mimeType":"audio/wav","data":"UklGRg==","displayName":"a.wav"}},
        {"inlineData":{"mimeType":"application/pdf","data":"JVBERi0="},"mediaResolution":{"level":"MEDIA_RESOLUTION_HIGH"}},
        {"fileData":{"mimeType":"video/mp4","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"},
         "videoMetadata":{"startOffset":"40s","endOffset":"80s","fps":0.5}},
        {"fileData":{"fileUri":"https://www.youtube.com/watch?v=9hE5"}},{"text":"What is it?"}]}]})",
    // Functions: with ids and without, results of every form.
    R"({"contents":[{"role":"user","parts":[{"text":"Weather?"}]},
        {"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Bern","deep":{"a":[1,2.5,null,true]}}},
          "thoughtSignature":"EqQBCg=="},{"functionCall":{"id":"fc_2","name":"now"}}]},
        {"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"temperature":15,"unit":"C"}}},
          {"functionResponse":{"id":"fc_2","name":"now","response":{"output":"10:00"}}}]}],
        "tools":[{"functionDeclarations":[{"name":"weather","description":"Of a place","parameters":{"type":"OBJECT",
          "properties":{"city":{"type":"STRING","nullable":true}},"required":["city"],"propertyOrdering":["city"]}},
          {"name":"now","parametersJsonSchema":{"type":"object","properties":{}},"behavior":"NON_BLOCKING",
           "responseJsonSchema":{"type":"string"}}]}],
        "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]}}})",
    R"({"contents":[{"role":"function","parts":[{"functionResponse":{"name":"f","response":{"error":"broken"},"willContinue":false,
          "parts":[{"inlineData":{"mimeType":"image/jpeg","data":"/9j/"}}]}}]}],
        "toolConfig":{"functionCallingConfig":{"mode":"NONE"}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a","b"]},
        "retrievalConfig":{"latLng":{"latitude":47.37,"longitude":8.54}}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}}})",
    // The provider's own tools, and how they are grouped.
    R"({"contents":[{"parts":[{"text":"News?"}]}],"tools":[{"googleSearch":{}},{"codeExecution":{},"urlContext":{}},
        {"functionDeclarations":[{"name":"f"}]}]})",
    R"({"contents":[{"role":"model","parts":[{"executableCode":{"language":"PYTHON","code":"1+1"}},
        {"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1\n"}}]}]})",
    // Thoughts and their signatures.
    R"({"contents":[{"role":"model","parts":[{"text":"Hm.","thought":true,"thoughtSignature":"c2ln"},
        {"text":"I see.","thought":true,"thoughtSignature":"a-b_"},{"text":"4","thoughtSignature":"c2ln"},
        {"thoughtSignature":"bG9uZQ=="}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true,"thinkingBudget":1024}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":-1,"novel":1}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"LOW"}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":false}}})",
    // The form of the answer.
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":{
        "type":"ARRAY","items":{"type":"OBJECT","properties":{"n":{"type":"INTEGER","format":"int32"}}},"minItems":"1"}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{
        "type":"object","properties":{"a":{"type":["integer","null"]}},"additionalProperties":false}}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseMimeType":"application/json"}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseMimeType":"text/plain"}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseMimeType":"text/x.enum","responseSchema":{
        "type":"STRING","enum":["a","b"]}}})",
    // Everything else, and what nobody knows yet.
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"temperature":0.7,"topP":0.95,"topK":40,"candidateCount":1,
        "maxOutputTokens":800,"stopSequences":["END","\n"],"presencePenalty":-0.5,"frequencyPenalty":1.25,"seed":7,
        "responseLogprobs":true,"logprobs":3,"responseModalities":["TEXT","IMAGE"],"mediaResolution":"MEDIA_RESOLUTION_LOW",
        "speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}}},"future":{"x":1.50}},
        "safetySettings":[{"category":"HARM_CATEGORY_HATE_SPEECH","threshold":"BLOCK_ONLY_HIGH"}],
        "cachedContent":"cachedContents/abc","labels":{"team":"t"},"future_field":{"a":[1,{"b":2}]}})",
    R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"candidateCount":4}})",
    R"({"contents":[{"role":"user","parts":[{"futurePart":{"x":[1,2]}},{"text":"t","partMetadata":{"a":1}}],"future":1}]})",
};
// clang-format on

TEST(GeminiDialect, ReadingAndWritingARequestIsTheIdentity) {
  static_assert(std::size(kRequests) >= 20);
  for (const char* body : kRequests) {
    const auto request = dialect().read_request(body);
    ASSERT_TRUE(request) << request.error().message << "\n" << body;
    const auto written = dialect().write_request(*request, {.model = "gemini-3-pro"});
    ASSERT_TRUE(written) << written.error().message << "\n" << body;
    EXPECT_EQ(parsed(written->body), parsed(body));
    EXPECT_TRUE(written->dropped.empty()) << written->dropped.front();
    const auto again = dialect().read_request(written->body);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *request) << body;
  }
}

// Protobuf's JSON takes the proto's names, one element for a list, whole numbers as texts; and the
// API's own examples are written so.
TEST(GeminiDialect, WhatProtobufTakesForEqualIsReadTheSame) {
  const auto request = dialect().read_request(R"({"model":"models/x",
      "system_instruction":{"parts":{"text":"Be brief."}},
      "contents":{"role":"user","parts":{"inline_data":{"mime_type":"image/png","data":"iVBO"}}},
      "generation_config":{"max_output_tokens":"100","top_k":40.0,"stop_sequences":"END",
        "thinking_config":null},
      "tools":{"function_declarations":{"name":"f","parameters_json_schema":{"type":"object"}}},
      "tool_config":{"function_calling_config":{"mode":"ANY","allowed_function_names":"f"}}})");
  ASSERT_TRUE(request) << request.error().message;
  const auto written = dialect().write_request(*request, {});
  ASSERT_TRUE(written);
  EXPECT_EQ(parsed(written->body), parsed(R"({
      "systemInstruction":{"parts":[{"text":"Be brief."}]},
      "contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"iVBO"}}]}],
      "generationConfig":{"maxOutputTokens":100,"topK":40,"stopSequences":["END"]},
      "tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object"}}]}],
      "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}})"))
      << written->body;
}

TEST(GeminiDialect, ARequestSaysWhatItSays) {
  const auto request = dialect().read_request(kRequests[4]);
  ASSERT_TRUE(request);
  ASSERT_EQ(request->messages.size(), 3u);
  const Part& call = request->messages[1].parts[0];
  EXPECT_EQ(call.kind, Part::Kind::ToolUse);
  EXPECT_EQ(call.arguments, R"({"city":"Bern","deep":{"a":[1,2.5,null,true]}})");
  EXPECT_EQ(request->messages[1].parts[1].arguments, "{}");
  // The result without an id answers the call of its name.
  EXPECT_EQ(request->messages[2].role, Role::Tool);
  EXPECT_EQ(request->messages[2].parts[0].id, call.id);
  EXPECT_FALSE(call.id.empty());
  EXPECT_EQ(request->messages[2].parts[0].content[0].text, R"({"temperature":15,"unit":"C"})");
  EXPECT_EQ(request->messages[2].parts[1].content[0].text, "10:00");
  // Gemini's own schema becomes JSON Schema.
  EXPECT_EQ(parsed(request->tools[0].parameters),
            parsed(R"({"type":"object","properties":{"city":{"type":["string","null"]}},
                       "required":["city"]})"));
  EXPECT_EQ(request->tool_choice->kind, messages::ToolChoice::Kind::Named);
  const auto failed = dialect().read_request(kRequests[5]);
  ASSERT_TRUE(failed);
  EXPECT_TRUE(failed->messages[0].parts[0].failed);
  EXPECT_EQ(failed->messages[0].parts[0].content[0].text, "broken");
  EXPECT_EQ(failed->messages[0].parts[0].content[1].kind, Part::Kind::Image);
  const auto list = dialect().read_request(kRequests[17]);
  ASSERT_TRUE(list);
  EXPECT_EQ(parsed(list->format->schema), parsed(R"({"type":"array","items":{"type":"object",
      "properties":{"n":{"type":"integer","format":"int32"}}},"minItems":1})"));
}

TEST(GeminiDialect, AWrongFieldIsNamed) {
  const auto param = [](std::string_view body) {
    const auto request = dialect().read_request(body);
    if (request) return std::string("fine");
    EXPECT_EQ(request.error().code, Code::InvalidArgument);
    return request.error().param;
  };
  const auto with = [](std::string_view rest) {
    return R"({"contents":[{"parts":[{"text":"x"}]}],)" + std::string(rest) + "}";
  };
  EXPECT_EQ(param("{}"), "contents");
  EXPECT_EQ(param(R"({"contents":[]})"), "contents");
  EXPECT_EQ(param(R"({"contents":["x"]})"), "contents[0]");
  EXPECT_EQ(param(R"({"contents":[{"role":"robot","parts":[]}]})"), "contents[0].role");
  EXPECT_EQ(param(R"({"contents":[{"parts":["x"]}]})"), "contents[0].parts[0]");
  EXPECT_EQ(param(R"({"contents":[{"parts":[{"text":1}]}]})"), "contents[0].parts[0].text");
  EXPECT_EQ(param(R"({"contents":[{"parts":[{"text":"x","inlineData":{"data":""}}]}]})"),
            "contents[0].parts[0]");
  EXPECT_EQ(param(R"({"contents":[{"parts":[{"functionCall":{"args":{}}}]}]})"),
            "contents[0].parts[0].functionCall.name");
  EXPECT_EQ(param(R"({"contents":[{"parts":[{"functionCall":{"name":"f","args":[]}}]}]})"),
            "contents[0].parts[0].functionCall.args");
  EXPECT_EQ(param(R"({"contents":[{"parts":[{"functionResponse":{"name":"f","response":"x"}}]}]})"),
            "contents[0].parts[0].functionResponse.response");
  EXPECT_EQ(param(with(R"("generationConfig":{"maxOutputTokens":-1})")),
            "generationConfig.maxOutputTokens");
  EXPECT_EQ(param(with(R"("generationConfig":{"temperature":"warm"})")),
            "generationConfig.temperature");
  EXPECT_EQ(param(with(R"("tools":[{"functionDeclarations":[{"description":"d"}]}])")),
            "tools[0].functionDeclarations[0].name");
  EXPECT_EQ(param(with(R"("toolConfig":{"functionCallingConfig":{"mode":"SOMETIMES"}})")),
            "toolConfig.functionCallingConfig.mode");
  EXPECT_EQ(param(with(R"("systemInstruction":7)")), "systemInstruction");
}

TEST(GeminiDialect, HowMuchItThinksIsSaidInTheWordsOfTheModel) {
  const auto config = [](const messages::Reasoning& reasoning, std::string model) {
    messages::Request request;
    request.messages.emplace_back().parts.push_back(messages::text_part("x"));
    request.reasoning = reasoning;
    const auto written = dialect().write_request(request, {.model = std::move(model)});
    EXPECT_TRUE(written);
    const bj::value body = parsed(written->body);
    const auto* found = body.as_object().if_contains("generationConfig");
    std::string said = found ? bj::serialize(found->at("thinkingConfig")) : "none";
    for (const std::string& name : written->dropped) said += " without " + name;
    return said;
  };
  EXPECT_EQ(config({true, "low", {}}, "gemini-3-flash-preview"),
            R"({"includeThoughts":true,"thinkingLevel":"LOW"})");
  EXPECT_EQ(config({true, "", 20000}, "gemini-3.5-pro"),
            R"({"includeThoughts":true,"thinkingLevel":"HIGH"})");
  EXPECT_EQ(config({false, "none", {}}, "gemini-3-pro-preview"),
            R"({"includeThoughts":false,"thinkingLevel":"LOW"})");
  EXPECT_EQ(config({true, "medium", {}}, "gemini-2.5-flash"),
            R"({"includeThoughts":true,"thinkingBudget":8192})");
  EXPECT_EQ(config({true, "", 500}, "models/gemini-2.5-flash"),
            R"({"includeThoughts":true,"thinkingBudget":500})");
  EXPECT_EQ(config({false, "", {}}, "gemini-2.5-flash"),
            R"({"includeThoughts":false,"thinkingBudget":0})");
  EXPECT_EQ(config({false, "", {}}, "gemini-2.5-pro"),
            R"({"includeThoughts":false,"thinkingBudget":128})");
  EXPECT_EQ(config({true, "high", {}}, "gemini-2.0-flash"), "none without reasoning");
}

}  // namespace
}  // namespace tandem::gateway::gemini
