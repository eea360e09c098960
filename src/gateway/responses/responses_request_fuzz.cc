// Whatever a client sends: what is read is written as a body that reads as the same call, another
// dialect's request can be written or is refused by field, and earlier items can be put in front of
// any input.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/responses/dialect.h"
#include "gateway/responses/kept.h"
#include "gateway/responses/links.h"
#include "gateway/responses/request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tandem::gateway;
  const messages::Dialect& dialect = responses::client_dialect();
  std::string body(reinterpret_cast<const char*>(data), size);
  if (const auto answer = dialect.read_answer(body)) {
    const std::string written = dialect.write_answer(*answer, {});
    if (!dialect.read_answer(written)) std::abort();
    if (!responses::replayed_response(written, 3)) std::abort();
  }
  const bool is_call = responses::read_request(body).has_value();
  auto request = dialect.read_request(body);
  if (is_call) {
    const responses::Links links = responses::links_of(body);
    const std::string longer = responses::expand(
        body, links, {R"({"role":"user","content":"x"})"},
        std::vector<std::string>(links.references.size(), R"({"role":"user","content":"y"})"));
    if (!responses::read_request(longer)) std::abort();
  }
  if (!request) return 0;
  const auto written = dialect.write_request(*request, {});
  if (!written) std::abort();
  const auto again = dialect.read_request(written->body);
  if (!again || !(again->messages == request->messages)) std::abort();
  request->dialect = "another";
  if (const auto foreign = dialect.write_request(*request, {.model = "o1"})) {
    if (!foreign->body.starts_with("{\"model\":\"o1\"")) std::abort();
  }
  return 0;
}
