// Gemini's generateContent (v1beta) as a dialect of chats; Vertex AI speaks the same. How its words
// map is said in part_reader.h, finish.h, usage.h, thinking.h and request_writer.h. The model and
// whether the answer is a stream are said by the path: a request that is read here has neither.
// See ../messages/dialect.h.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::gemini {

class GeminiDialect final : public messages::Dialect {
 public:
  std::string_view name() const override;
  Result<messages::Request> read_request(std::string_view body) const override;
  Result<messages::Written> write_request(const messages::Request& request,
                                          const messages::WriteOptions& options) const override;
  Result<messages::Answer> read_answer(std::string_view body) const override;
  std::string write_answer(const messages::Answer& answer,
                           const messages::AnswerOptions& options) const override;
  std::unique_ptr<messages::StreamReader> read_stream() const override;
  std::unique_ptr<messages::StreamWriter> write_stream(
      messages::AnswerOptions options) const override;
};

// The one that there needs to be.
const messages::Dialect& dialect();

}  // namespace tandem::gateway::gemini
