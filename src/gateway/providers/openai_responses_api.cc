// OpenAI's API where chats go over /responses: those of clients that speak it, or all of them.
#include "gateway/openai/dialect.h"
#include "gateway/providers/apis.h"
#include "gateway/providers/openai_api.h"
#include "gateway/responses/dialect.h"
#include "gateway/responses/provider_request.h"

namespace tandem::gateway {
namespace {

enum class Chats : uint8_t { OfItsClients, All };

class OpenAiResponsesApi final : public OpenAiApi {
 public:
  explicit OpenAiResponsesApi(Chats chats) : chats_(chats) {}

  const messages::Dialect& dialect(const messages::Dialect* asked) const override {
    const bool responses = asked && (chats_ == Chats::All || asked == &responses::client_dialect());
    return responses ? responses::provider_dialect() : openai::dialect();
  }

  void append_path(const ApiCall& call, std::string& path) const override {
    if (is_responses(call))
      path += "/responses";
    else
      OpenAiApi::append_path(call, path);
  }

  Result<std::string> body(const ApiCall& call, AttemptContext& attempt) const override {
    const bool as_it_came = is_responses(call) && attempt.said.empty() &&
                            attempt.client_dialect == &responses::client_dialect();
    if (as_it_came) return responses::provider_request(call.call, call.model);
    return OpenAiApi::body(call, attempt);
  }

 private:
  static bool is_responses(const ApiCall& call) {
    return call.call.kind == CallKind::Chat && &call.dialect == &responses::provider_dialect();
  }
  const Chats chats_;
};

}  // namespace

const ProviderApi& openai_responses_api() {
  static const OpenAiResponsesApi api(Chats::OfItsClients);
  return api;
}

const ProviderApi& openai_only_responses_api() {
  static const OpenAiResponsesApi api(Chats::All);
  return api;
}

}  // namespace tandem::gateway
