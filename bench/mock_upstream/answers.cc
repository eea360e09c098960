#include "mock_upstream/answers.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace tandem::bench {

namespace {

// What a support desk answers: ordinary words, so that guards read ordinary text.
constexpr std::array<std::string_view, 24> kWords = {
    "Thank", " you", " for", " the", " report.", " Your", " router", " restarts", " because",
    " the", " new", " firmware", " resets", " its", " clock;", " please", " install", " version",
    " four", " from", " the", " support", " page.", " Then"};

std::string prose(size_t bytes) {
  std::string text;
  for (size_t i = 0; text.size() < bytes; ++i) {
    text += kWords[i % kWords.size()];
  }
  text.resize(bytes);
  return text;
}

std::string chunk(const std::string& data) {
  const std::string event = "data: " + data + "\n\n";
  return fmt::format("{:x}\r\n{}\r\n", event.size(), event);
}

std::string delta_chunk(const std::string& delta, const char* finish) {
  return chunk(fmt::format(
      R"({{"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1700000000,)"
      R"("model":"mock-model","choices":[{{"index":0,"delta":{},"finish_reason":{}}}]}})",
      delta, finish));
}

}  // namespace

Answers::Answers(const AnswerOptions& options) {
  const std::string_view shape =
      R"({{"id":"chatcmpl-mock","object":"chat.completion","created":1700000000,)"
      R"("model":"mock-model","choices":[{{"index":0,"message":{{"role":"assistant",)"
      R"("content":"{}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":200,)"
      R"("completion_tokens":64,"total_tokens":264}}}})";
  const size_t frame = fmt::format(fmt::runtime(shape), "").size();
  const size_t text = options.response_bytes > frame ? options.response_bytes - frame : 1;
  chat_ = http(200, "application/json", fmt::format(fmt::runtime(shape), prose(text)));

  std::string vector;
  for (uint32_t i = 0; i < options.dimensions; ++i) {
    vector += fmt::format("{}{:.7f}", i == 0 ? "" : ",", 0.05 - 0.0001 * i);
  }
  embedding_ = http(200, "application/json",
                    R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[)" +
                        vector + R"(]}],"model":"mock-model","usage":{"prompt_tokens":8,)"
                                 R"("total_tokens":8}})");
  models_ = http(200, "application/json",
                 R"({"object":"list","data":[{"id":"mock-model","object":"model",)"
                 R"("created":1700000000,"owned_by":"mock"}]})");
  health_ = http(200, "text/plain", "OK");
  not_found_ = http(404, "application/json",
                    R"({"error":{"message":"no such route","type":"invalid_request_error",)"
                    R"("param":null,"code":null}})");
  build_stream(options.deltas);
}

void Answers::build_stream(uint32_t deltas) {
  if (deltas == 0) {
    throw std::invalid_argument("a stream needs at least one delta");
  }
  const std::string usage = chunk(fmt::format(
      R"({{"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1700000000,)"
      R"("model":"mock-model","choices":[],"usage":{{"prompt_tokens":200,"completion_tokens":{},)"
      R"("total_tokens":{}}}}})",
      deltas, deltas + 200));
  const std::string done = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
  for (uint32_t i = 0; i < deltas; ++i) {
    pieces_.push_back(delta_chunk(
        fmt::format(R"({{"content":"{}"}})", kWords[i % kWords.size()]), "null"));
  }
  pieces_.front() =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
      "Transfer-Encoding: chunked\r\n\r\n" +
      delta_chunk(R"({"role":"assistant","content":""})", "null") + pieces_.front();
  pieces_.back() += delta_chunk("{}", "\"stop\"");
  last_with_usage_ = pieces_.back() + usage + done;
  pieces_.back() += done;
}

const std::string& Answers::stream_piece(uint32_t index, bool with_usage) const {
  return with_usage && index + 1 == pieces_.size() ? last_with_usage_ : pieces_[index];
}

std::string Answers::http(int status, const std::string& type, const std::string& body) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", status,
      status == 200 ? "OK" : "Not Found", type, body.size(), body);
}

}  // namespace tandem::bench
