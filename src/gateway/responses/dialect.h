// OpenAI's Responses API as a dialect of chats. How its words map is said in request_reader.h and
// item_reader.h. There are two of it, equal in all but their address: where a client and a provider
// both speak it, answers are read and written all the same, because texts stand in them several
// times and the ids are Tandem's. See ../messages/dialect.h and docs/adr/.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::responses {

class ResponsesDialect final : public messages::Dialect {
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

const messages::Dialect& client_dialect();    // what clients speak to Tandem
const messages::Dialect& provider_dialect();  // what Tandem speaks to providers

}  // namespace tandem::gateway::responses
