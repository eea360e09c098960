// Events must not depend on how the stream is cut, whatever the bytes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/sse/decoder.h"

namespace {

std::string decode(std::string_view stream, size_t step) {
  tandem::net::SseDecoder decoder;
  std::string events;
  for (size_t at = 0; at < stream.size(); at += step) {
    const std::string chunk(stream.substr(at, step));
    (void)decoder.feed(chunk, [&](const tandem::net::SseEvent& event) -> tandem::Result<void> {
      events += event.event;
      events += '\x01';
      events += event.data;
      events += '\x02';
      events += event.id;
      events += '\x03';
      return {};
    });
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const size_t step = data[0] % 17 + 1;
  if (decode(stream, stream.size()) != decode(stream, step)) std::abort();
  return 0;
}
