// Whatever a provider streams: what is read is written as a stream that reads as the same texts and
// calls. Events are separated by a zero byte.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "gateway/responses/dialect.h"

namespace {

using namespace tandem::gateway;
using messages::Event;

// What is said, part by part; parts of items that say nothing are left out.
std::map<int64_t, std::string> said(const std::vector<Event>& events) {
  std::map<int64_t, std::string> out;
  for (const Event& event : events) {
    if (event.kind == Event::Kind::PartBegin && event.begun.kind == messages::Part::Kind::ToolUse) {
      out[event.part] = event.begun.id + " " + event.begun.name + " ";
    }
    if (event.kind == Event::Kind::Delta) out[event.part] += event.text;
  }
  return out;
}

std::string joined(const std::map<int64_t, std::string>& texts) {
  std::string all;
  for (const auto& [part, text] : texts) all += text + "\n";
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  auto reader = responses::provider_dialect().read_stream();
  std::vector<Event> events;
  for (size_t begin = 0; begin < input.size();) {
    const size_t end = std::min(input.find('\0', begin), input.size());
    if (!reader->read(input.substr(begin, end - begin), events)) break;
    begin = end + 1;
  }
  auto writer = responses::client_dialect().write_stream({});
  std::string out;
  for (const Event& event : events) writer->write(event, out);
  writer->finish({}, {}, out);
  auto second = responses::provider_dialect().read_stream();
  std::vector<Event> again;
  for (size_t at = out.find("\ndata: "); at != std::string::npos;
       at = out.find("\ndata: ", at + 1)) {
    const size_t end = out.find('\n', at + 1);
    if (!second->read(out.substr(at + 7, end - at - 7), again)) std::abort();
  }
  std::string first = joined(said(events)), other = joined(said(again));
  // A call without arguments is written with an empty object.
  first.erase(std::remove(first.begin(), first.end(), '{'), first.end());
  other.erase(std::remove(other.begin(), other.end(), '{'), other.end());
  first.erase(std::remove(first.begin(), first.end(), '}'), first.end());
  other.erase(std::remove(other.begin(), other.end(), '}'), other.end());
  if (first != other) std::abort();
  return 0;
}
