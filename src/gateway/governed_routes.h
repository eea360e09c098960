// The routes that carry model calls. Each is made by governed_route(), whose handler is the
// governed path and nothing else, and is kept with its surface, so that the self-check can try them
// all.
#pragma once

#include <string>
#include <vector>

#include "gateway/path_services.h"
#include "gateway/surface.h"
#include "net/route.h"

namespace tandem::gateway::responses {
class ResponseStore;
}

namespace tandem::gateway {

struct GovernedRoute {
  net::Route route;
  const Surface* surface;
};

struct RouteText {
  std::string tag;
  std::string summary;
  std::string description;
};

// A POST to `pattern` in the protocol `shape`. `services` and `surface` outlive the route.
GovernedRoute governed_route(std::string pattern, tandem::Surface shape, const Surface& surface,
                             const PathServices& services, RouteText text);

// Chat completions, completions and embeddings, with and without /v1.
std::vector<GovernedRoute> openai_routes(const PathServices& services);
// The Responses API, with and without /v1; `store` keeps what is to be kept.
std::vector<GovernedRoute> responses_routes(const PathServices& services,
                                            const responses::ResponseStore& store);
// Rerank, moderations, images and audio, with and without /v1.
std::vector<GovernedRoute> operation_routes(const PathServices& services);
// Anthropic's messages and its token count.
std::vector<GovernedRoute> anthropic_routes(const PathServices& services);
// Gemini's generateContent, streamGenerateContent, countTokens and embeddings, at /v1beta and /v1.
std::vector<GovernedRoute> gemini_routes(const PathServices& services);
// POST /v2/models/{model}[/versions/{version}]/infer.
std::vector<GovernedRoute> oip_routes(const PathServices& services, const Surface& surface);

// The start-up proof that no governed route passes the guard by: for every route that is marked as
// governed there is a surface, and a secret put into that surface's own request is found and taken
// out by the guard. An error names the route; the server then refuses to start.
Result<void> check_governed_routes(const net::Routes& all,
                                   const std::vector<GovernedRoute>& governed,
                                   const Guarding& guarding);

}  // namespace tandem::gateway
