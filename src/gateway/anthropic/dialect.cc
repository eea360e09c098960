#include "gateway/anthropic/dialect.h"

#include "gateway/anthropic/answer_reader.h"
#include "gateway/anthropic/answer_writer.h"
#include "gateway/anthropic/fields.h"
#include "gateway/anthropic/request_reader.h"
#include "gateway/anthropic/request_writer.h"
#include "gateway/anthropic/stream_reader.h"
#include "gateway/anthropic/stream_writer.h"

namespace tandem::gateway::anthropic {

std::string_view AnthropicDialect::name() const {
  return kName;
}
Result<messages::Request> AnthropicDialect::read_request(std::string_view body) const {
  return parse_request(body);
}
Result<messages::Written> AnthropicDialect::write_request(
    const messages::Request& request, const messages::WriteOptions& options) const {
  return compose_request(request, options);
}
Result<messages::Answer> AnthropicDialect::read_answer(std::string_view body) const {
  return parse_answer(body);
}
std::string AnthropicDialect::write_answer(const messages::Answer& answer,
                                           const messages::AnswerOptions& options) const {
  return compose_answer(answer, options);
}
std::unique_ptr<messages::StreamReader> AnthropicDialect::read_stream() const {
  return std::make_unique<AnthropicStreamReader>();
}
std::unique_ptr<messages::StreamWriter> AnthropicDialect::write_stream(
    messages::AnswerOptions options) const {
  return std::make_unique<AnthropicStreamWriter>(std::move(options));
}

const messages::Dialect& dialect() {
  static const AnthropicDialect dialect;
  return dialect;
}

}  // namespace tandem::gateway::anthropic
