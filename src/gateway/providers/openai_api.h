// OpenAI's API, and what of it the APIs that follow it share. See provider_api.h.
#pragma once

#include "gateway/providers/provider_api.h"

namespace tandem::gateway {

class OpenAiApi : public ProviderApi {
 public:
  const messages::Dialect& dialect(const messages::Dialect* asked) const override;
  bool accepts(CallKind kind) const override;
  // OpenAI's clients write /v1 where there is more than a host: with and without is the same.
  Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const override;
  void append_path(const ApiCall& call, std::string& path) const override;
  // Other protocols' embeddings are made of their texts, and their answers of vectors.
  Result<std::string> body(const ApiCall& call, AttemptContext& attempt) const override;
  Result<void> finish(const ApiCall& call, AttemptResult& result) const override;

 protected:
  Result<std::string> pass_body(const ApiCall& call) const override;
};

}  // namespace tandem::gateway
