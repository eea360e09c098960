#include "gateway/gemini/dialect.h"

#include "gateway/gemini/answer_reader.h"
#include "gateway/gemini/answer_writer.h"
#include "gateway/gemini/fields.h"
#include "gateway/gemini/request_reader.h"
#include "gateway/gemini/request_writer.h"
#include "gateway/gemini/stream_reader.h"
#include "gateway/gemini/stream_writer.h"

namespace tandem::gateway::gemini {

std::string_view GeminiDialect::name() const {
  return kName;
}
Result<messages::Request> GeminiDialect::read_request(std::string_view body) const {
  return parse_request(body);
}
Result<messages::Written> GeminiDialect::write_request(
    const messages::Request& request, const messages::WriteOptions& options) const {
  return compose_request(request, options);
}
Result<messages::Answer> GeminiDialect::read_answer(std::string_view body) const {
  return parse_answer(body);
}
std::string GeminiDialect::write_answer(const messages::Answer& answer,
                                        const messages::AnswerOptions& options) const {
  return compose_answer(answer, options);
}
std::unique_ptr<messages::StreamReader> GeminiDialect::read_stream() const {
  return std::make_unique<GeminiStreamReader>();
}
std::unique_ptr<messages::StreamWriter> GeminiDialect::write_stream(
    messages::AnswerOptions options) const {
  return std::make_unique<GeminiStreamWriter>(std::move(options));
}

const messages::Dialect& dialect() {
  static const GeminiDialect dialect;
  return dialect;
}

}  // namespace tandem::gateway::gemini
