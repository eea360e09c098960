#include "gateway/cohere/dialect.h"

#include "gateway/cohere/answer_reader.h"
#include "gateway/cohere/request_writer.h"
#include "gateway/cohere/stream_reader.h"
#include "gateway/messages/provider_dialect.h"

namespace tandem::gateway::cohere {
namespace {

class ChatDialect final : public messages::ProviderDialect {
 public:
  std::string_view name() const override { return kName; }
  Result<messages::Written> write_request(const messages::Request& request,
                                          const messages::WriteOptions& options) const override {
    return compose_request(request, options);
  }
  Result<messages::Answer> read_answer(std::string_view body) const override {
    return parse_answer(body);
  }
  std::unique_ptr<messages::StreamReader> read_stream() const override {
    return std::make_unique<ChatStreamReader>();
  }
};

}  // namespace

const messages::Dialect& dialect() {
  static const ChatDialect dialect;
  return dialect;
}

}  // namespace tandem::gateway::cohere
