// The kinds of provider: one row of registry.cc each, from which follow what configuration accepts,
// what docs/reference says and how a call is made. Pure.
//   traits_of(config.kind).api   // null: an engine, which targets/factory.cc makes
#pragma once

#include <string_view>

#include "gateway/config.h"
#include "net/http/url.h"

namespace tandem::gateway {

class ProviderApi;

struct ProviderTraits {
  std::string_view name;        // as configuration spells it
  std::string_view meaning;     // for people
  const ProviderApi& (*api)();  // null: inside or below this process
  std::string_view base_url;    // used where the configuration gives none; empty: it must
  bool needs_key;               // a call without one is refused for certain
};
const ProviderTraits& traits_of(ProviderKind kind);

// The kind of that name, which must be in the table.
ProviderKind provider_kind(std::string_view name);

// The API that `config` asks for: its kind's, or another way to the same provider.
const ProviderApi& api_of(const ProviderConfig& config);

// Where the provider is, as its API wants it: the configured address or the kind's own.
// InvalidArgument names what is wrong.
Result<net::Url> base_url_of(const ProviderConfig& config);

}  // namespace tandem::gateway
