// A form must be read the same however its bytes are cut, and whatever they are.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http/multipart.h"

namespace {

using tandem::net::MultipartParser;

struct Collect final : tandem::net::MultipartSink {
  tandem::Result<void> on_part(const tandem::net::PartHead& head) override {
    if (open) std::abort();
    open = true;
    seen += "[" + head.name + "|" + head.filename + "|" + head.content_type + "]";
    return {};
  }
  tandem::Result<void> on_data(std::string_view bytes) override {
    if (!open || bytes.empty()) std::abort();
    seen += bytes;
    return {};
  }
  tandem::Result<void> on_part_end() override {
    if (!open) std::abort();
    open = false;
    return {};
  }
  std::string seen;
  bool open = false;
};

std::string read(const std::string& type, std::string_view body, size_t step) {
  auto parser = MultipartParser::create(type, {8, 512});
  if (!parser) return "error";
  Collect sink;
  for (size_t at = 0; at < body.size(); at += step) {
    if (!parser->feed(body.substr(at, step), sink)) return "error";
  }
  if (!parser->finish()) return "error";
  return sink.seen;
}

}  // namespace

// One byte of step, a content type up to a line break, then the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string type(text.substr(0, end));
  const std::string_view body = text.substr(std::min(end + 1, text.size()));
  if (body.empty()) return 0;
  const std::string whole = read(type, body, body.size());
  const std::string cut = read(type, body, data[0] % 61 + 1);
  if (whole != cut) std::abort();
  return 0;
}
