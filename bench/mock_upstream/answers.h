// The bytes that the mock upstream sends, built once at start so that answering costs one send.
// Immutable after construction; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::bench {

struct AnswerOptions {
  size_t response_bytes = 1024;  // of a whole chat answer's body
  uint32_t deltas = 64;
  uint32_t dimensions = 384;
};

class Answers {
 public:
  explicit Answers(const AnswerOptions& options);

  const std::string& chat() const { return chat_; }
  const std::string& embedding() const { return embedding_; }
  const std::string& models() const { return models_; }
  const std::string& health() const { return health_; }
  const std::string& not_found() const { return not_found_; }

  // Stream pieces, each a sequence of whole HTTP chunks. The first holds the head, the role and
  // the first delta; the last one the last delta, the finish reason, the usage where it was asked
  // for, and [DONE].
  const std::string& stream_piece(uint32_t index, bool with_usage) const;
  uint32_t stream_pieces() const { return static_cast<uint32_t>(pieces_.size()); }

  static std::string http(int status, const std::string& type, const std::string& body);

 private:
  void build_stream(uint32_t deltas);

  std::string chat_;
  std::string embedding_;
  std::string models_;
  std::string health_;
  std::string not_found_;
  std::vector<std::string> pieces_;
  std::string last_with_usage_;
};

}  // namespace tandem::bench
