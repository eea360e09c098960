#include "gateway/provider_kinds.h"

#include <algorithm>
#include <array>

namespace tandem::gateway {
namespace {

// From each provider's API reference, 2026-11.
constexpr std::array<ProviderTraits, 15> kTraits = {{
    {ProviderKind::OpenAi, Speaks::OpenAi, "", false},
    {ProviderKind::Anthropic, Speaks::Anthropic, "https://api.anthropic.com/v1", true},
    {ProviderKind::Mistral, Speaks::OpenAi, "https://api.mistral.ai/v1", true},
    {ProviderKind::Groq, Speaks::OpenAi, "https://api.groq.com/openai/v1", true},
    {ProviderKind::DeepSeek, Speaks::OpenAi, "https://api.deepseek.com/v1", true},
    {ProviderKind::Together, Speaks::OpenAi, "https://api.together.xyz/v1", true},
    {ProviderKind::OpenRouter, Speaks::OpenAi, "https://openrouter.ai/api/v1", true},
    {ProviderKind::Xai, Speaks::OpenAi, "https://api.x.ai/v1", true},
    {ProviderKind::Ollama, Speaks::OpenAi, "http://127.0.0.1:11434/v1", false},
    {ProviderKind::Vllm, Speaks::OpenAi, "http://127.0.0.1:8000/v1", false},
    {ProviderKind::Sglang, Speaks::OpenAi, "http://127.0.0.1:30000/v1", false},
    {ProviderKind::Tgi, Speaks::OpenAi, "http://127.0.0.1:3000/v1", false},
    {ProviderKind::LlamaServer, Speaks::OpenAi, "http://127.0.0.1:8080/v1", false},
    {ProviderKind::Llama, Speaks::Engine, "", false},
    {ProviderKind::Onnx, Speaks::Engine, "", false},
}};

}  // namespace

const ProviderTraits& traits_of(ProviderKind kind) {
  return *std::find_if(kTraits.begin(), kTraits.end(),
                       [kind](const ProviderTraits& traits) { return traits.kind == kind; });
}

Result<net::Url> base_url_of(const ProviderConfig& config) {
  const std::string_view own = traits_of(config.kind).base_url;
  TRY(net::Url url, net::Url::parse(config.base_url.empty() ? own : config.base_url));
  const bool appends = traits_of(config.kind).speaks == Speaks::Anthropic;
  if (url.path.empty() || (appends && !url.path.ends_with("/v1"))) url.path += "/v1";
  return url;
}

}  // namespace tandem::gateway
