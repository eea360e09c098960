// A request must be read the same however its bytes are cut, and whatever they are.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http/parser.h"

namespace {

using tandem::net::MessageParser;

struct Collect final : tandem::net::BodySink {
  tandem::Result<void> on_body(std::string_view bytes) override {
    body += bytes;
    return {};
  }
  std::string body;
};

// What the parser makes of `stream`, presented in pieces of `step` bytes.
std::string read(std::string_view stream, size_t step) {
  MessageParser parser(MessageParser::Kind::Request, {4096, 32, 65536});
  Collect sink;
  size_t begin = 0;
  size_t end = 0;
  while (end < stream.size() && !parser.done()) {
    end = std::min(stream.size(), end + step);
    while (begin < end && !parser.done()) {
      const auto used = parser.feed(stream.substr(begin, end - begin), sink);
      if (!used) return "error";
      begin += *used;
      if (*used == 0) break;
    }
  }
  if (!parser.done()) return "open";
  std::string seen = parser.head().method + " " + parser.head().target + "\n";
  for (size_t i = 0; i < parser.head().headers.size(); ++i) {
    seen += std::string(parser.head().headers.name(i)) + ":" +
            std::string(parser.head().headers.value(i)) + "\n";
  }
  return seen + sink.body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string whole = read(stream, stream.size());
  const std::string cut = read(stream, data[0] % 61 + 1);
  // A damaged stream may be refused at another place; a whole message may not be read differently.
  if (whole != "error" && whole != "open" && cut != whole) std::abort();
  return 0;
}
