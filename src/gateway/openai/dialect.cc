#include "gateway/openai/dialect.h"

#include "gateway/openai/chat_answer_reader.h"
#include "gateway/openai/chat_answer_writer.h"
#include "gateway/openai/chat_message_reader.h"
#include "gateway/openai/chat_request_reader.h"
#include "gateway/openai/chat_request_writer.h"
#include "gateway/openai/chat_stream_reader.h"
#include "gateway/openai/chat_stream_writer.h"

namespace tandem::gateway::openai {

std::string_view OpenAiDialect::name() const {
  return kDialectName;
}

Result<messages::Request> OpenAiDialect::read_request(std::string_view body) const {
  return read_chat_request(body);
}

Result<messages::Written> OpenAiDialect::write_request(
    const messages::Request& request, const messages::WriteOptions& options) const {
  return write_chat_request(request, options);
}

Result<messages::Answer> OpenAiDialect::read_answer(std::string_view body) const {
  return read_chat_answer(body);
}

std::string OpenAiDialect::write_answer(const messages::Answer& answer,
                                        const messages::AnswerOptions& options) const {
  return write_chat_answer(answer, options);
}

std::unique_ptr<messages::StreamReader> OpenAiDialect::read_stream() const {
  return std::make_unique<ChatStreamReader>();
}

std::unique_ptr<messages::StreamWriter> OpenAiDialect::write_stream(
    messages::AnswerOptions options) const {
  return std::make_unique<ChatStreamWriter>(std::move(options));
}

const messages::Dialect& dialect() {
  static const OpenAiDialect instance;
  return instance;
}

}  // namespace tandem::gateway::openai
