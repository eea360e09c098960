// Every provider's API (provider_api.h), each in a file of its own: openai_api() in openai_api.cc.
#pragma once

namespace tandem::gateway {

class ProviderApi;

const ProviderApi& openai_api();
// The same over /responses: for clients that speak it, or for every chat.
const ProviderApi& openai_responses_api();
const ProviderApi& openai_only_responses_api();
const ProviderApi& tei_api();
const ProviderApi& anthropic_api();
const ProviderApi& azure_api();
const ProviderApi& bedrock_api();
const ProviderApi& cohere_api();
const ProviderApi& gemini_api();
const ProviderApi& vertex_api();

}  // namespace tandem::gateway
