#include "gateway/bedrock/dialect.h"

#include "gateway/bedrock/answer_reader.h"
#include "gateway/bedrock/request_writer.h"
#include "gateway/bedrock/stream_reader.h"
#include "gateway/messages/provider_dialect.h"

namespace tandem::gateway::bedrock {
namespace {

class ConverseDialect final : public messages::ProviderDialect {
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
    return std::make_unique<ConverseStreamReader>();
  }
};

}  // namespace

const messages::Dialect& dialect() {
  static const ConverseDialect dialect;
  return dialect;
}

}  // namespace tandem::gateway::bedrock
