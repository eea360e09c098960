// Which texts of a request are counted, traced and guarded: all that somebody says, however short,
// and even where they begin like a data URL.
#include <gtest/gtest.h>

#include "gateway/openai/request.h"

namespace tandem::gateway::openai {
namespace {

// "role|text" of each; of a chat only those that have a role.
std::vector<std::string> texts(CallKind kind, std::string body) {
  const auto call = read_request(kind, std::move(body));
  EXPECT_TRUE(call) << call.error().message;
  std::vector<std::string> out;
  if (!call) return out;
  for (const TextSegment& segment : call->texts) {
    if (segment.role.empty() && kind == CallKind::Chat) continue;
    out.push_back(segment.role + "|" + segment.text);
  }
  return out;
}

TEST(OpenAiRequestTexts, EveryTextThatIsSaidIsATextOfTheCall) {
  EXPECT_EQ(texts(CallKind::Chat, R"({"model":"c","messages":[
      {"role":"user","content":"Hi"},
      {"role":"assistant","content":"data: my key is AKIAQ3TANDEMPROBE7XZ"},
      {"role":"user","content":[{"type":"text","text":"ok?"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
        {"type":"file","file":{"file_data":"data: not base64"}},
        {"type":"input_audio","input_audio":{"data":"data:audio/wav;base64,AAAA"}}]}]})"),
            (std::vector<std::string>{"user|Hi", "assistant|data: my key is AKIAQ3TANDEMPROBE7XZ",
                                      "user|ok?", "user|data: not base64"}));
  EXPECT_EQ(texts(CallKind::Completion, R"({"model":"c","prompt":"Hi"})"),
            std::vector<std::string>{"user|Hi"});
  EXPECT_EQ(texts(CallKind::Embedding, R"({"model":"c","input":["one","two three"]})"),
            (std::vector<std::string>{"user|one", "user|two three"}));
}

}  // namespace
}  // namespace tandem::gateway::openai
