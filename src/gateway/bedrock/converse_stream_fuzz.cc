// Frames give the same events however their bytes are cut, and whatever the events are, what is
// read of them can be written to a client. Inputs are payloads, separated by a zero byte, which are
// framed as they should be; besides, the input itself is fed as frames.
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/bedrock/dialect.h"
#include "gateway/bedrock/event_stream.h"
#include "gateway/openai/dialect.h"

using tandem::Result;
using tandem::gateway::bedrock::EventStream;
using tandem::gateway::messages::Event;

namespace {

std::string number(size_t value, int width) {
  std::string out;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
  return out;
}

std::string crc(const std::string& bytes) {
  return number(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())), 4);
}

std::string header(const std::string& name, const std::string& value) {
  return number(name.size(), 1) + name + number(7, 1) + number(value.size(), 2) + value;
}

// "type payload": the type is what stands before the first blank.
std::string framed(const std::string& input) {
  const size_t blank = std::min({input.find(' '), input.size(), size_t{100}});
  const std::string type = input.substr(0, blank);
  const std::string payload = input.substr(std::min(blank + 1, input.size()));
  const std::string headers = header(":event-type", type) + header(":message-type", "event");
  std::string out = number(16 + headers.size() + payload.size(), 4) + number(headers.size(), 4);
  out += crc(out);
  out += headers + payload;
  return out + crc(out);
}

struct Fed {
  std::vector<std::string> events;
  bool good = true;
  friend bool operator==(const Fed&, const Fed&) = default;
};

Fed feed(std::string_view bytes, size_t piece) {
  EventStream stream;
  Fed fed;
  for (size_t at = 0; at < bytes.size() && fed.good; at += piece) {
    fed.good = stream
                   .feed(bytes.substr(at, piece),
                         [&](std::string_view data) -> Result<void> {
                           fed.events.emplace_back(data);
                           return {};
                         })
                   .has_value();
  }
  return fed;
}

void check_dialect(const std::vector<std::string>& stream) {
  const auto reader = tandem::gateway::bedrock::dialect().read_stream();
  std::vector<Event> events;
  for (const std::string& data : stream) {
    if (!reader->read(data, events)) break;
  }
  const auto writer = tandem::gateway::openai::dialect().write_stream({});
  std::string out;
  for (const Event& event : events) writer->write(event, out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  (void)feed(input, 5);
  (void)tandem::gateway::bedrock::dialect().read_answer(input);
  std::string frames;
  for (size_t begin = 0; begin < input.size();) {
    const size_t end = std::min(input.find('\0', begin), input.size());
    frames += framed(input.substr(begin, end - begin));
    begin = end + 1;
  }
  const Fed whole = feed(frames, frames.size() + 1);
  if (whole != feed(frames, 3)) std::abort();
  check_dialect(whole.events);
  return 0;
}
