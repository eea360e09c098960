// An input must be cut into the same lines however its bytes come, and no line may break the
// reader. What a line asks for must be valid JSON again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/json/tree.h"
#include "gateway/batches/input.h"

namespace {

using tandem::gateway::batches::LineSplitter;

std::vector<std::string> lines_of(std::string_view text, size_t step) {
  LineSplitter splitter(512);
  std::vector<std::string> lines;
  for (size_t at = 0; at <= text.size(); at += step) {
    splitter.feed(text.substr(at, step));
    if (at + step > text.size()) splitter.finish();
    while (true) {
      const auto line = splitter.next();
      if (!line) {
        lines.emplace_back("too long");
        return lines;
      }
      if (!*line) break;
      lines.emplace_back(**line);
      if (splitter.number() != static_cast<int64_t>(lines.size())) std::abort();
    }
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = lines_of(text, text.size() + 1);
  if (lines_of(text, data[0] % 61 + 1) != whole) std::abort();
  for (const std::string& line : whole) {
    const auto request = tandem::gateway::batches::read_line(line, "/v1/embeddings");
    if (!request) {
      if (request.error().code.empty() || request.error().message.empty()) std::abort();
      continue;
    }
    const auto body = tandem::json::parse(request->body);
    if (!body || !body->root().is_object()) std::abort();
    if (body->root().find_text("model") != request->model) std::abort();
  }
  return 0;
}
