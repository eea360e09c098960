// What was read into the model of a chat and written is read and written as the same again; an
// answer, too; and every other dialect either writes it or names what it cannot say.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/anthropic/dialect.h"
#include "gateway/gemini/dialect.h"
#include "gateway/openai/dialect.h"

namespace gemini = tandem::gateway::gemini;

namespace {

void check_request(const std::string& body) {
  const auto request = gemini::dialect().read_request(body);
  if (!request) return;
  const auto written = gemini::dialect().write_request(*request, {});
  if (!written) return;
  if (!written->dropped.empty()) std::abort();
  const auto again = gemini::dialect().read_request(written->body);
  if (!again) std::abort();
  const auto rewritten = gemini::dialect().write_request(*again, {});
  if (!rewritten || rewritten->body != written->body) std::abort();
  for (const auto* other :
       {&tandem::gateway::openai::dialect(), &tandem::gateway::anthropic::dialect()}) {
    const auto crossed = other->write_request(*request, {.model = "m"});
    if (crossed && !other->read_request(crossed->body)) std::abort();
  }
}

void check_answer(const std::string& body) {
  const auto answer = gemini::dialect().read_answer(body);
  if (!answer) return;
  const std::string written = gemini::dialect().write_answer(*answer, {});
  const auto again = gemini::dialect().read_answer(written);
  if (!again || gemini::dialect().write_answer(*again, {}) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  check_request(body);
  check_answer(body);
  return 0;
}
