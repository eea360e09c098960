#include "gateway/governed_routes.h"

#include "gateway/anthropic/surface.h"
#include "gateway/gemini/embed_surface.h"
#include "gateway/gemini/surface.h"
#include "gateway/openai/operation_surface.h"
#include "gateway/openai/surface.h"
#include "gateway/repeated_call.h"
#include "gateway/responses/surface.h"
#include "gateway/token_count.h"

namespace tandem::gateway {
namespace {

const openai::OpenAiSurface kChat{CallKind::Chat};
const openai::OpenAiSurface kCompletion{CallKind::Completion};
const openai::OpenAiSurface kEmbedding{CallKind::Embedding};
const anthropic::AnthropicSurface kMessages;
const responses::ResponsesSurface kResponses;
const gemini::GeminiSurface kGenerate{gemini::Method::Generate};
const gemini::GeminiSurface kStreamGenerate{gemini::Method::Generate,
                                            gemini::GeminiSurface::Answers::Stream};
const gemini::GeminiSurface kCountTokens{gemini::Method::CountTokens};
const gemini::EmbedSurface kEmbedContent{gemini::Method::Embed};
const gemini::EmbedSurface kBatchEmbedContents{gemini::Method::BatchEmbed};

// Has the form of an AWS access key id; nobody's.
constexpr std::string_view kProbeSecret = "AKIAQ3TANDEMPROBE7XZ";

Result<void> check_route(const GovernedRoute& governed, const Guarding& guarding) {
  const std::string name = governed.route.pattern;
  EndpointConfig endpoint;
  endpoint.guards = {"secrets"};
  const std::string text = "key " + std::string(kProbeSecret) + " end";
  TRY(Call call, governed.surface->probe(text));
  std::vector<GuardEvent> events;
  TRY_VOID(guarding.check_input(call, endpoint, events));
  if (events.empty()) {
    return fail(Code::Internal, "The guard did not see the request of the route " + name + ".");
  }
  for (const TextSegment& segment : call.texts) {
    if (segment.text.find(kProbeSecret) != std::string::npos) {
      return fail(Code::Internal,
                  "The guard left a secret in the request of the route " + name + ".");
    }
  }
  if (!call.body.empty() &&
      call.redactions.apply(call.body).find(kProbeSecret) != std::string::npos) {
    return fail(Code::Internal, "A secret stays in the body that the route " + name + " sends on.");
  }
  auto gate = guarding.open_gate(endpoint, events);
  const std::string answer(text);
  if (!gate || gate->whole(answer).value_or(answer).find(kProbeSecret) != std::string::npos) {
    return fail(Code::Internal, "The guard did not see the answer of the route " + name + ".");
  }
  return {};
}

}  // namespace

GovernedRoute governed_route(std::string pattern, tandem::Surface shape, const Surface& surface,
                             const PathServices& services, RouteText text) {
  net::Route route;
  route.method = net::Method::Post;
  route.pattern = std::move(pattern);
  route.permission = {net::Access::Call, "endpoints"};
  route.surface = shape;
  route.governed = true;
  route.tag = std::move(text.tag);
  route.summary = std::move(text.summary);
  route.description = std::move(text.description);
  route.parameters.push_back({std::string(kPriorityHeader), net::ParameterDoc::In::Header, "string",
                              "high, normal or low, where calls of the endpoint wait.", false});
  route.request_schema = R"({"type":"object"})";
  route.response_schema = R"({"type":"object"})";
  route.parameters.push_back({"idempotency-key", net::ParameterDoc::In::Header, "string",
                              "Repeating the request with it, within a day, makes no second call "
                              "and gets the same answer.",
                              false});
  route.stream_handler = [&services, &surface](net::Exchange& exchange) -> Task<Result<void>> {
    const LiveCalls::Scope live(*services.live);
    co_return co_await answer_once(services, exchange, surface);
  };
  return {std::move(route), &surface};
}

std::vector<GovernedRoute> openai_routes(const PathServices& services) {
  std::vector<GovernedRoute> routes;
  const auto add = [&](const std::string& path, const Surface& surface, std::string summary) {
    const RouteText text{"OpenAI", std::move(summary),
                         "The body of the OpenAI API; `model` names an endpoint."};
    routes.push_back(
        governed_route("/v1" + path, tandem::Surface::OpenAi, surface, services, text));
    routes.push_back(governed_route(path, tandem::Surface::OpenAi, surface, services, text));
    routes.back().route.hidden = true;
  };
  add("/chat/completions", kChat, "Answer a conversation, whole or as a stream");
  add("/completions", kCompletion, "Continue a prompt, whole or as a stream");
  add("/embeddings", kEmbedding, "Turn texts into vectors");
  return routes;
}

std::vector<GovernedRoute> responses_routes(const PathServices& services,
                                            const responses::ResponseStore& store) {
  std::vector<GovernedRoute> routes;
  for (const char* pattern : {"/v1/responses", "/responses"}) {
    routes.push_back(governed_route(
        pattern, tandem::Surface::OpenAi, kResponses, services,
        {"Responses", "Answer a conversation, whole or as a stream of typed events",
         "The body of OpenAI's Responses API; `model` names an endpoint. Answers are stored unless "
         "`store` is false; `previous_response_id` goes on with one."}));
    routes.back().route.stream_handler = [&services,
                                          &store](net::Exchange& exchange) -> Task<Result<void>> {
      co_return co_await responses::answer(services, store, exchange);
    };
  }
  routes.back().route.hidden = true;
  return routes;
}

std::vector<GovernedRoute> operation_routes(const PathServices& services) {
  // One for each operation, for as long as the process lives.
  static const std::vector<openai::OperationSurface> kSurfaces(openai::operations().begin(),
                                                               openai::operations().end());
  std::vector<GovernedRoute> routes;
  for (const openai::OperationSurface& surface : kSurfaces) {
    const openai::Operation& operation = surface.operation();
    const bool rerank = operation.kind == CallKind::Rerank;
    const RouteText text{
        "OpenAI", std::string(operation.summary),
        rerank           ? "The body of Cohere's or Jina's rerank API; `model` names an endpoint."
        : operation.form ? "The form of the OpenAI API; its field `model` names an endpoint."
                         : "The body of the OpenAI API; `model` names an endpoint."};
    std::vector<std::string> prefixes = {"/v1", ""};
    if (rerank) prefixes.push_back("/v2");  // where Cohere's client asks
    for (const std::string& prefix : prefixes) {
      routes.push_back(governed_route(prefix + std::string(operation.path), tandem::Surface::OpenAi,
                                      surface, services, text));
      net::Route& route = routes.back().route;
      route.hidden = prefix != "/v1";
      // Sounds and images are larger than texts.
      if (operation.form) route.max_body_bytes = 4 * limits::kDefaultMaxBodyBytes;
    }
  }
  return routes;
}

std::vector<GovernedRoute> anthropic_routes(const PathServices& services) {
  std::vector<GovernedRoute> routes;
  const std::string body = "The body of Anthropic's Messages API; `model` names an endpoint.";
  routes.push_back(
      governed_route("/v1/messages", tandem::Surface::Anthropic, kMessages, services,
                     {"Anthropic", "Answer a conversation, whole or as a stream", body}));
  routes.push_back(governed_route("/v1/messages/count_tokens", tandem::Surface::Anthropic,
                                  kMessages, services,
                                  {"Anthropic", "Count the input tokens of a conversation", body}));
  routes.back().route.stream_handler = [&services](net::Exchange& exchange) -> Task<Result<void>> {
    co_return co_await count_tokens(services, exchange, kMessages, "input_tokens");
  };
  return routes;
}

std::vector<GovernedRoute> gemini_routes(const PathServices& services) {
  std::vector<GovernedRoute> routes;
  const auto add = [&](const std::string& method, const Surface& surface, std::string summary) {
    const RouteText text{"Gemini", std::move(summary),
                         "The body of Gemini's API; `model` of the path names an endpoint."};
    for (const std::string prefix : {"/v1beta", "/v1"}) {
      routes.push_back(governed_route(prefix + "/models/{model}:" + method, tandem::Surface::Google,
                                      surface, services, text));
      routes.back().route.hidden = prefix == "/v1";
    }
  };
  add("generateContent", kGenerate, "Answer a conversation");
  add("streamGenerateContent", kStreamGenerate,
      "Answer a conversation as a stream: of server-sent events with alt=sse, else one JSON list");
  add("embedContent", kEmbedContent, "Turn a text into a vector");
  add("batchEmbedContents", kBatchEmbedContents, "Turn texts into vectors");
  add("countTokens", kCountTokens, "Count the input tokens of a conversation");
  for (size_t i = routes.size() - 2; i < routes.size(); ++i) {
    routes[i].route.stream_handler = [&services](net::Exchange& exchange) -> Task<Result<void>> {
      co_return co_await count_tokens(services, exchange, kCountTokens, "totalTokens");
    };
  }
  return routes;
}

std::vector<GovernedRoute> oip_routes(const PathServices& services, const Surface& surface) {
  std::vector<GovernedRoute> routes;
  for (const char* pattern :
       {"/v2/models/{model}/infer", "/v2/models/{model}/versions/{version}/infer"}) {
    routes.push_back(governed_route(
        pattern, tandem::Surface::OpenInference, surface, services,
        {"Open Inference Protocol", "Run a predictive model",
         "Tensors as JSON or behind it as binary (Inference-Header-Content-Length)."}));
    routes.back().route.max_body_bytes = 4 * limits::kDefaultMaxBodyBytes;
  }
  return routes;
}

Result<void> check_governed_routes(const net::Routes& all,
                                   const std::vector<GovernedRoute>& governed,
                                   const Guarding& guarding) {
  size_t marked = 0;
  for (const net::Route& route : all) marked += route.governed ? 1 : 0;
  if (marked != governed.size()) {
    return fail(Code::Internal, "A route is marked as governed but has no surface to be checked.");
  }
  for (const GovernedRoute& route : governed) TRY_VOID(check_route(route, guarding));
  return {};
}

}  // namespace tandem::gateway
