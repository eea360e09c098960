// Events that repeat the one before them are not parsed (event_shape.h). Whatever the events are,
// that must give what parsing each of them gives.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/openai/stream_filter.h"

using tandem::gateway::openai::StreamFilter;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  StreamFilter quick({"chat", true, false}, nullptr);
  StreamFilter thorough({"chat", true, false}, nullptr);
  std::string blanks;
  for (size_t begin = 0; begin < input.size();) {
    const size_t end = std::min(input.find('\0', begin), input.size());
    const std::string event = input.substr(begin, end - begin);
    begin = end + 1;
    if (event == "[DONE]") continue;
    std::string one, other;
    const bool taken = quick.event(event, one).has_value();
    // Another number of blanks behind each: nothing is ever known.
    blanks += ' ';
    if (thorough.event(event + blanks, other).has_value() != taken) std::abort();
    if (!taken) return 0;
    if (!one.empty()) one.insert(one.size() - 2, blanks);
    if (one != other) std::abort();
  }
  if (quick.text() != thorough.text() || quick.ends() != thorough.ends()) std::abort();
  return 0;
}
