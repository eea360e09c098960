// Whatever a client sends: what is read is written as a body that reads as the same call, and any
// other dialect's request can be written or is refused by field.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/openai/dialect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tandem::gateway;
  const messages::Dialect& dialect = openai::dialect();
  const std::string body(reinterpret_cast<const char*>(data), size);
  auto request = dialect.read_request(body);
  if (const auto answer = dialect.read_answer(body)) {
    if (!dialect.read_answer(dialect.write_answer(*answer, {}))) std::abort();
  }
  if (!request) return 0;
  const auto written = dialect.write_request(*request, {.stream_usage = false});
  if (!written) std::abort();
  const auto again = dialect.read_request(written->body);
  if (!again || !(*again == *request)) std::abort();
  request->dialect = "another";
  if (const auto foreign = dialect.write_request(*request, {.model = "o1"})) {
    if (!dialect.read_request(foreign->body)) std::abort();
  }
  return 0;
}
