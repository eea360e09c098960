// One HTTP exchange with a provider: what every target over HTTP does, whatever its dialect. Sends
// the request, reads the answer whole or event by event, and says what a failure amounts to.
#pragma once

#include <string>
#include <string_view>

#include "gateway/providers/provider_api.h"
#include "gateway/target.h"
#include "net/http/url.h"

namespace tandem::gateway {

// Views live until call_provider() has ended.
struct ProviderCall {
  const ProviderApi& api;
  const net::Origin& origin;
  std::string_view path;
  std::string_view header_block;  // credentials, versions; the rest is added
  std::string_view body;
  bool stream = false;
  std::string_view content_type = {};  // of the body; empty: JSON
  std::string_view accept = "application/json";
};

Task<AttemptResult> call_provider(const ProviderCall& call, AttemptContext& attempt,
                                  StreamSink& sink);

// An attempt that failed so.
AttemptResult failed(FailureKind kind, Error error);
AttemptResult failed(Error error);

}  // namespace tandem::gateway
