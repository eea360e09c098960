// Events that repeat the one before them are not parsed; whatever the events are, that must give
// what parsing each of them gives. And a stream that was read and written can be read again.
// Events are separated by a zero byte.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/anthropic/dialect.h"
#include "gateway/anthropic/stream_filter.h"

using tandem::gateway::messages::Event;
using namespace tandem::gateway::anthropic;

namespace {

void check_filter(const std::vector<std::string>& stream) {
  StreamFilter quick({"chat", true, true}, nullptr);
  StreamFilter thorough({"chat", true, true}, nullptr);
  std::string blanks;
  for (const std::string& event : stream) {
    std::string one, other;
    const bool taken = quick.event(event, one).has_value();
    // Another number of blanks behind each: nothing is ever known.
    blanks += ' ';
    if (thorough.event(event + blanks, other).has_value() != taken) std::abort();
    if (!taken) return;
    if (!one.empty()) one.insert(one.size() - 2, blanks);
    if (one != other) std::abort();
  }
  if (quick.text() != thorough.text() || quick.ends() != thorough.ends()) std::abort();
  if (quick.usage() != thorough.usage()) std::abort();
  std::string tail;
  quick.finish({}, 1, tail);
}

void check_dialect(const std::vector<std::string>& stream) {
  const auto reader = dialect().read_stream();
  std::vector<Event> events;
  for (const std::string& data : stream) {
    if (!reader->read(data, events)) break;
  }
  const auto writer = dialect().write_stream({});
  std::string out;
  for (const Event& event : events) writer->write(event, out);
  writer->finish({}, {}, out);
  const auto second = dialect().read_stream();
  std::vector<Event> again;
  for (size_t at = 0; at < out.size();) {
    const size_t begin = out.find("\ndata: ", at) + 7;
    const size_t end = out.find("\n\n", begin);
    if (!second->read(out.substr(begin, end - begin), again)) std::abort();
    at = end + 2;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> stream;
  for (size_t begin = 0; begin < input.size();) {
    const size_t end = std::min(input.find('\0', begin), input.size());
    stream.push_back(input.substr(begin, end - begin));
    begin = end + 1;
  }
  check_filter(stream);
  check_dialect(stream);
  return 0;
}
