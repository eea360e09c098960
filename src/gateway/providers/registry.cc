#include "gateway/providers/registry.h"

#include <array>
#include <cstdlib>

#include "gateway/providers/apis.h"
#include "gateway/providers/provider_api.h"

namespace tandem::gateway {
namespace {

// Addresses are from each provider's API reference, 2026-11. The first row is the default; the
// order is that of docs/reference.
// clang-format off
constexpr ProviderTraits kTable[] = {
    {"openai", "Any OpenAI-compatible URL.", openai_api, "", false},
    {"anthropic", "Anthropic's Messages API, or a URL that speaks it.", anthropic_api, "https://api.anthropic.com/v1", true},
    {"gemini", "Google's Gemini API.", gemini_api, "https://generativelanguage.googleapis.com/v1beta", true},
    {"vertex", "Google's Vertex AI; api_key is the JSON key file of a service account.", vertex_api, "https://aiplatform.googleapis.com/v1", true},
    {"azure", "Azure OpenAI; base_url is the resource's, a target's model its deployment.", azure_api, "", true},
    {"bedrock", "Amazon Bedrock's Converse API.", bedrock_api, "https://bedrock-runtime.REGION.amazonaws.com", true},
    {"cohere", "Cohere's API v2: chat and embeddings.", cohere_api, "https://api.cohere.com/v2", true},
    {"mistral", "Mistral's platform.", openai_api, "https://api.mistral.ai/v1", true},
    {"groq", "Groq.", openai_api, "https://api.groq.com/openai/v1", true},
    {"deepseek", "DeepSeek.", openai_api, "https://api.deepseek.com/v1", true},
    {"together", "Together AI.", openai_api, "https://api.together.xyz/v1", true},
    {"openrouter", "OpenRouter.", openai_api, "https://openrouter.ai/api/v1", true},
    {"xai", "xAI.", openai_api, "https://api.x.ai/v1", true},
    {"ollama", "An Ollama server, on this machine unless base_url says else.", openai_api, "http://127.0.0.1:11434/v1", false},
    {"vllm", "A vLLM server.", openai_api, "http://127.0.0.1:8000/v1", false},
    {"sglang", "An SGLang server.", openai_api, "http://127.0.0.1:30000/v1", false},
    {"tgi", "A Text Generation Inference server.", openai_api, "http://127.0.0.1:3000/v1", false},
    {"tei", "A Text Embeddings Inference server: embeddings, rerank.", tei_api, "http://127.0.0.1:8080", false},
    {"llama-server", "A llama-server that somebody else started.", openai_api, "http://127.0.0.1:8080/v1", false},
    {"llama", "A llama-server that Tandem starts as a supervised child.", nullptr, "", false},
    {"onnx", "ONNX Runtime inside the server: local embeddings and reranking.", nullptr, "", false},
};
// clang-format on

constexpr auto kNames = [] {
  std::array<config::EnumName<ProviderKind>, std::size(kTable)> names{};
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = {static_cast<ProviderKind>(i), kTable[i].name, kTable[i].meaning};
  }
  return names;
}();

}  // namespace

std::span<const config::EnumName<ProviderKind>> enum_names(ProviderKind) {
  return kNames;
}

const ProviderTraits& traits_of(ProviderKind kind) {
  return kTable[static_cast<size_t>(kind)];
}

ProviderKind provider_kind(std::string_view name) {
  for (const auto& row : kNames) {
    if (row.name == name) return row.value;
  }
  std::abort();
}

const ProviderApi& api_of(const ProviderConfig& config) {
  const ProviderTraits& traits = traits_of(config.kind);
  if (traits.api != openai_api) return traits.api();
  AsksResponses asks = config.responses;
  if (asks == AsksResponses::Auto) {
    const auto url = base_url_of(config);
    const bool own = url && url->origin.host == "api.openai.com";
    asks = own ? AsksResponses::Clients : AsksResponses::Never;
  }
  switch (asks) {
    case AsksResponses::Clients:
      return openai_responses_api();
    case AsksResponses::Always:
      return openai_only_responses_api();
    default:
      return openai_api();
  }
}

Result<net::Url> base_url_of(const ProviderConfig& config) {
  const ProviderTraits& traits = traits_of(config.kind);
  return traits.api().base_url(config, traits.base_url);
}

}  // namespace tandem::gateway
