// A model behind an OpenAI-compatible URL: OpenAI itself, vLLM, Ollama, a supervised llama-server…
// The request goes on as it came but for the fields that Tandem acts on; answers come back the
// same.
#pragma once

#include <memory>
#include <string>

#include "gateway/target.h"
#include "gateway/targets/secret_header.h"
#include "net/http/url.h"

namespace tandem::gateway {

// The body that an OpenAI-compatible provider gets: the client's own bytes where it speaks OpenAI
// too, else a translation.
Result<std::string> openai_body(const Call& call, AttemptContext& attempt, std::string_view model,
                                bool stream_usage);

// Sends `call` to `base_url` and reads the answer; what every HTTP target does. Views and the URL
// live until call_openai() has ended.
struct OpenAiUpstream {
  const net::Url& base_url;        // its path ends before /chat/completions
  std::string_view authorization;  // "Bearer …", or empty
  std::string_view model;
  bool stream_usage = true;
};
Task<AttemptResult> call_openai(const OpenAiUpstream& upstream, const Call& call,
                                AttemptContext& attempt, StreamSink& sink);

class OpenAiTarget final : public Target {
 public:
  // `base_url` with or without /v1 at its end.
  static Result<std::shared_ptr<OpenAiTarget>> create(std::string provider, std::string model,
                                                      const ProviderConfig& config);
  bool accepts(CallKind kind) const override { return kind != CallKind::Predict; }
  const messages::Dialect* dialect() const override;
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;

 private:
  OpenAiTarget(std::string provider, std::string model) : Target(provider, model) {}
  net::Url base_url_;
  SecretHeader authorization_;
  bool stream_usage_ = true;
};

}  // namespace tandem::gateway
