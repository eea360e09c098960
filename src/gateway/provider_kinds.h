// What is known of each kind of provider: where its API is and what it speaks. A kind that is
// compatible with another is one line in provider_kinds.cc. Pure.
#pragma once

#include <string_view>

#include "gateway/config.h"
#include "net/http/url.h"

namespace tandem::gateway {

enum class Speaks : uint8_t { OpenAi, Anthropic, Engine };  // Engine: inside or below this process

struct ProviderTraits {
  ProviderKind kind;
  Speaks speaks;
  std::string_view base_url;  // used where the configuration gives none; empty: it must
  bool needs_key = true;      // a call without one is refused for certain
};
const ProviderTraits& traits_of(ProviderKind kind);

// The configured base URL or the kind's own, with the version that the API's paths begin with: with
// and without /v1 are the same (Anthropic's clients never write it, OpenAI's do where there is more
// than a host). InvalidArgument names what is wrong.
Result<net::Url> base_url_of(const ProviderConfig& config);

}  // namespace tandem::gateway
