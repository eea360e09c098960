#include "gateway/responses/dialect.h"

#include "gateway/responses/answer_reader.h"
#include "gateway/responses/answer_writer.h"
#include "gateway/responses/fields.h"
#include "gateway/responses/request_reader.h"
#include "gateway/responses/request_writer.h"
#include "gateway/responses/stream_reader.h"
#include "gateway/responses/stream_writer.h"

namespace tandem::gateway::responses {

std::string_view ResponsesDialect::name() const {
  return kName;
}
Result<messages::Request> ResponsesDialect::read_request(std::string_view body) const {
  return parse_request(body);
}
Result<messages::Written> ResponsesDialect::write_request(
    const messages::Request& request, const messages::WriteOptions& options) const {
  return compose_request(request, options);
}
Result<messages::Answer> ResponsesDialect::read_answer(std::string_view body) const {
  return parse_answer(body);
}
std::string ResponsesDialect::write_answer(const messages::Answer& answer,
                                           const messages::AnswerOptions& options) const {
  return compose_answer(answer, options);
}
std::unique_ptr<messages::StreamReader> ResponsesDialect::read_stream() const {
  return std::make_unique<ResponseStreamReader>();
}
std::unique_ptr<messages::StreamWriter> ResponsesDialect::write_stream(
    messages::AnswerOptions options) const {
  return std::make_unique<ResponseStreamWriter>(std::move(options));
}

const messages::Dialect& client_dialect() {
  static const ResponsesDialect dialect;
  return dialect;
}
const messages::Dialect& provider_dialect() {
  static const ResponsesDialect dialect;
  return dialect;
}

}  // namespace tandem::gateway::responses
