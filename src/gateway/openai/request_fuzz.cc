// What a provider gets is the client's request with another model name: it is read as the same
// call, text by text, and a stream asks for its usage.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/openai/request.h"

using tandem::gateway::Call;
using tandem::gateway::CallKind;
using namespace tandem::gateway::openai;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr CallKind kKinds[] = {CallKind::Chat, CallKind::Completion, CallKind::Embedding};
  const CallKind kind = kKinds[data[0] % 3];
  const auto call = read_request(kind, {reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!call) return 0;
  const auto sent = read_request(kind, write_request(*call, "other/model", true));
  if (!sent || sent->endpoint != "other/model") std::abort();
  if (sent->stream != call->stream || (sent->stream && !sent->wants_usage)) std::abort();
  if (sent->max_output_tokens != call->max_output_tokens || sent->choices != call->choices) {
    std::abort();
  }
  if (sent->texts.size() != call->texts.size() || sent->inputs != call->inputs) std::abort();
  for (size_t i = 0; i < sent->texts.size(); ++i) {
    if (sent->texts[i].text != call->texts[i].text) std::abort();
    if (sent->texts[i].role != call->texts[i].role) std::abort();
  }
  return 0;
}
