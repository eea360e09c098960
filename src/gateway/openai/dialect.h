// OpenAI's chat completions as a dialect (../messages/dialect.h), for calls whose client or
// provider speaks another one. Where both speak this one, bytes pass through (request.h,
// stream_filter.h). Reading and writing is the identity but for fields that are null: those are as
// if they were not there.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::openai {

class OpenAiDialect final : public messages::Dialect {
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

const messages::Dialect& dialect();

}  // namespace tandem::gateway::openai
