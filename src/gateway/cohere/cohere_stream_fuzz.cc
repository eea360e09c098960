// Whatever a provider sends is read or refused, and what is read can be written to a client. Events
// are separated by a zero byte; besides, the input is read as a whole answer.
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/cohere/dialect.h"
#include "gateway/openai/dialect.h"

using tandem::gateway::messages::Event;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto& cohere = tandem::gateway::cohere::dialect();
  if (const auto answer = cohere.read_answer(input)) {
    (void)tandem::gateway::openai::dialect().write_answer(*answer, {});
  }
  const auto reader = cohere.read_stream();
  std::vector<Event> events;
  for (size_t begin = 0; begin < input.size();) {
    const size_t end = std::min(input.find('\0', begin), input.size());
    if (!reader->read(input.substr(begin, end - begin), events)) break;
    begin = end + 1;
  }
  const auto writer = tandem::gateway::openai::dialect().write_stream({});
  std::string out;
  for (const Event& event : events) writer->write(event, out);
  return 0;
}
