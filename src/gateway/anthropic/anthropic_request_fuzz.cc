// What a provider of the same dialect gets is the client's request with another model name, and
// what was read into the model of a chat and written is read and written as the same again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/anthropic/dialect.h"
#include "gateway/anthropic/request.h"

using namespace tandem::gateway::anthropic;

namespace {

void check_bytes(const std::string& body) {
  const auto call = read_request(body);
  if (!call) return;
  const auto sent = read_request(write_request(*call, "other/model"));
  if (!sent || sent->endpoint != "other/model") std::abort();
  if (sent->stream != call->stream || sent->max_output_tokens != call->max_output_tokens) {
    std::abort();
  }
  if (sent->texts.size() != call->texts.size()) std::abort();
  for (size_t i = 0; i < sent->texts.size(); ++i) {
    if (sent->texts[i].text != call->texts[i].text) std::abort();
    if (sent->texts[i].role != call->texts[i].role) std::abort();
  }
}

void check_model(const std::string& body) {
  const auto request = dialect().read_request(body);
  if (!request) return;
  const auto written = dialect().write_request(*request, {});
  if (!written) return;
  if (!written->dropped.empty()) std::abort();
  const auto again = dialect().read_request(written->body);
  if (!again) std::abort();
  const auto rewritten = dialect().write_request(*again, {});
  if (!rewritten || rewritten->body != written->body) std::abort();
}

void check_answer(const std::string& body) {
  const auto answer = dialect().read_answer(body);
  if (!answer) return;
  const std::string written = dialect().write_answer(*answer, {});
  const auto again = dialect().read_answer(written);
  if (!again || dialect().write_answer(*again, {}) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  check_bytes(body);
  check_model(body);
  check_answer(body);
  return 0;
}
