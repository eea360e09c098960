// Whatever a provider streams: what is read is written as a stream that reads as the same texts,
// calls and ends. Events are separated by a zero byte.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "gateway/openai/dialect.h"

namespace {

using namespace tandem::gateway;
using messages::Event;

std::map<std::string, std::string> said(const std::vector<Event>& events) {
  std::map<std::string, std::string> out;
  std::map<int64_t, int64_t> open;
  for (const Event& event : events) {
    const std::string choice = std::to_string(event.choice);
    const std::string at = choice + "." + std::to_string(event.part);
    if (event.kind == Event::Kind::PartBegin) {
      if (open.contains(event.choice)) std::abort();  // parts come one after the other
      open[event.choice] = event.part;
      out[at] = std::to_string(static_cast<int>(event.begun.kind)) + event.begun.id + " " +
                event.begun.name + ": ";
    } else if (event.kind == Event::Kind::Delta) {
      if (open.at(event.choice) != event.part) std::abort();
      out[at] += event.text;
    } else if (event.kind == Event::Kind::PartEnd) {
      open.erase(event.choice);
    } else if (event.kind == Event::Kind::ChoiceEnd) {
      if (open.contains(event.choice)) std::abort();
      out[choice] = std::to_string(static_cast<int>(event.finish));
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  auto reader = openai::dialect().read_stream();
  std::vector<Event> events;
  for (size_t begin = 0; begin < input.size();) {
    const size_t end = std::min(input.find('\0', begin), input.size());
    if (!reader->read(input.substr(begin, end - begin), events)) break;
    begin = end + 1;
  }
  // "{}" is written where a call has no arguments; the sequence of a stop is not written.
  for (Event& event : events) {
    if (event.finish == messages::Finish::StopSequence) event.finish = messages::Finish::Stop;
  }
  auto writer = openai::dialect().write_stream({});
  std::string out;
  for (const Event& event : events) writer->write(event, out);
  auto second = openai::dialect().read_stream();
  std::vector<Event> again;
  for (size_t at = 0; at < out.size();) {
    const size_t end = out.find("\n\n", at);
    if (end == std::string::npos || out.compare(at, 6, "data: ") != 0) std::abort();
    if (!second->read(out.substr(at + 6, end - at - 6), again)) std::abort();
    at = end + 2;
  }
  std::map<std::string, std::string> first = said(events), other = said(again);
  for (auto& [at, text] : other) {
    const auto known = first.find(at);
    if (known == first.end()) std::abort();
    if (text != known->second && text != known->second + "{}") {
      // A refusal that ends with a stop is a refusal.
      if (at.find('.') != std::string::npos) std::abort();
    }
  }
  if (first.size() != other.size()) std::abort();
  return 0;
}
