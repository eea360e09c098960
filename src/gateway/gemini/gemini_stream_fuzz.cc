// A stream that passes is renamed and nothing else: its events read as before. And one that was
// read and written can be read again. Events are separated by a zero byte.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/gemini/dialect.h"
#include "gateway/gemini/request.h"
#include "gateway/gemini/stream_filter.h"

using tandem::gateway::messages::Event;
using namespace tandem::gateway::gemini;

namespace {

void check_filter(const std::vector<std::string>& stream) {
  StreamFilter filter({"chat", true, true}, nullptr);
  std::string out;
  for (const std::string& event : stream) {
    if (!filter.event(event, out)) return;
  }
  (void)filter.end(out);
  filter.finish({}, 1, out);
  StreamFilter again({"chat", true, true}, nullptr);
  std::string ignored;
  for (size_t at = 0; at < out.size();) {
    const size_t end = out.find("\n\n", at);
    std::string data;
    for (size_t line = at; line < end;) {
      const size_t line_end = std::min(out.find('\n', line), end);
      if (out.compare(line, 6, "data: ") != 0) std::abort();
      data += (data.empty() ? "" : "\n") + out.substr(line + 6, line_end - line - 6);
      line = line_end + 1;
    }
    if (!again.event(data, ignored)) std::abort();
    at = end + 2;
  }
  if (again.text() != filter.text() || again.ends() != filter.ends()) std::abort();
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
    const size_t end = out.find("\n\n", at);
    if (!second->read(out.substr(at + 6, end - at - 6), again)) std::abort();
    at = end + 2;
  }
}

void check_request(const std::string& body) {
  for (const Method method :
       {Method::Generate, Method::CountTokens, Method::Embed, Method::BatchEmbed}) {
    const auto call = read_request(method, body);
    if (!call) continue;
    const auto sent = read_request(method == Method::CountTokens ? Method::Generate : method,
                                   write_request(*call, "other"));
    if (method == Method::CountTokens && call->body == body && !sent) continue;
    if (!sent || sent->texts.size() != call->texts.size()) std::abort();
    if (sent->inputs != call->inputs || sent->choices != call->choices) std::abort();
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
  check_request(input);
  return 0;
}
