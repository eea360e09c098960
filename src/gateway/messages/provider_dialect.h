// ProviderDialect: a dialect that only providers speak. No surface reads a client's request in it
// and none writes a client's answer, so what a client's side would need is not there.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::messages {

class ProviderDialect : public Dialect {
 public:
  Result<Request> read_request(std::string_view) const final {
    return fail(Code::Internal, "Nobody asks in the dialect of " + std::string(name()) + ".");
  }
  std::string write_answer(const Answer&, const AnswerOptions&) const final { return {}; }
  std::unique_ptr<StreamWriter> write_stream(AnswerOptions) const final { return nullptr; }
};

}  // namespace tandem::gateway::messages
