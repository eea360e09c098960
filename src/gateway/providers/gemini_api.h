// Google's Gemini API (generativelanguage.googleapis.com), and what Vertex AI has in common with
// it: the dialect, the methods behind a model's name, and how errors look.
#pragma once

#include "gateway/providers/provider_api.h"

namespace tandem::gateway {

class GeminiApi : public ProviderApi {
 public:
  const messages::Dialect& dialect(const messages::Dialect* asked) const override;
  bool accepts(CallKind kind) const override;
  Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const override;
  void append_path(const ApiCall& call, std::string& path) const override;
  std::unique_ptr<Credential> credential(const ProviderConfig& config,
                                         const ProviderKey& key) const override;
  Result<std::string> body(const ApiCall& call, AttemptContext& attempt) const override;
  std::optional<std::string> count_body(const ApiCall& call, AttemptContext& attempt,
                                        std::string& path) const override;
  std::optional<int64_t> read_count(std::string_view body) const override;
  openai::ProviderError read_error(const net::Headers& headers, std::string body) const override;
  Result<void> finish(const ApiCall& call, AttemptResult& result) const override;

 protected:
  Result<std::string> pass_body(const ApiCall& call) const override;
};

}  // namespace tandem::gateway
