// What an operator declares about providers and endpoints, in the file and in the API alike
// (docs/reference/configuration.md is generated from these descriptions). Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/config/describe.h"
#include "base/config/secret.h"
#include "gateway/health/config.h"
#include "gateway/queue/config.h"
#include "identity/rate_limits.h"
#include "trace/capture.h"

namespace tandem::trace {

// How configuration spells the capture policies.
inline constexpr config::EnumName<Capture> kCaptureNames[] = {
    {Capture::Full, "full", "Inputs and outputs as they were."},
    {Capture::Redacted, "redacted", "Inputs and outputs after the guard's redactions."},
    {Capture::Metadata, "metadata", "Counts, times and costs, no content."},
    {Capture::None, "none", "No trace at all; the ledger row stays."}};
constexpr auto enum_names(Capture) {
  return std::span(kCaptureNames);
}

}  // namespace tandem::trace

namespace tandem::gateway {

// A row of the table of kinds (providers/registry.cc); the first one is openai.
enum class ProviderKind : uint8_t {};
std::span<const config::EnumName<ProviderKind>> enum_names(ProviderKind);

enum class EndpointKind : uint8_t { Chat, Embedding, Rerank, Predict, Moderation, Image, Audio };
inline constexpr config::EnumName<EndpointKind> kEndpointKinds[] = {
    {EndpointKind::Chat, "chat", "Messages or a prompt in, text out."},
    {EndpointKind::Embedding, "embedding", "Texts in, vectors out."},
    {EndpointKind::Rerank, "rerank", "A query and documents in, their order out."},
    {EndpointKind::Predict, "predict", "Tensors in, tensors out (Open Inference Protocol)."},
    {EndpointKind::Moderation, "moderation", "Texts and images in, verdicts out."},
    {EndpointKind::Image, "image", "A text, and images to change, in; images out."},
    {EndpointKind::Audio, "audio", "A text in, speech out; or speech in, a text out."}};
constexpr auto enum_names(EndpointKind) {
  return std::span(kEndpointKinds);
}

enum class ClientAbort : uint8_t { Cancel, Drain };
inline constexpr config::EnumName<ClientAbort> kClientAborts[] = {
    {ClientAbort::Cancel, "cancel", "Stop the provider too and pay for what came."},
    {ClientAbort::Drain, "drain", "Read the answer to its end and pay what the provider reports."}};
constexpr auto enum_names(ClientAbort) {
  return std::span(kClientAborts);
}

// One of the keys that a provider is asked with.
struct ProviderKey {
  static constexpr std::string_view kTypeName = "provider key";
  std::string name;
  config::SecretRef key;
  config::SecretRef secret_key;     // AWS
  config::SecretRef session_token;  // AWS
  int64_t weight = 1;
  identity::KeyLimits limits;

  template <class V>
  static void describe(V& v) {
    v.field("name", &ProviderKey::name,
            "What traces call it; empty: its place in the list, from 1. Never the key itself.")
        .at_most(64);
    v.field("key", &ProviderKey::key, "The key: env:NAME or file:/path.");
    v.field("secret_key", &ProviderKey::secret_key,
            "Bedrock: the secret of an access key; without it the key is one of Bedrock's own.");
    v.field("session_token", &ProviderKey::session_token, "Bedrock: of a role's access key.");
    v.field("weight", &ProviderKey::weight,
            "Share of the calls among the keys; 0: only where no other one can be used.")
        .range(0, 1'000'000);
    v.field("limits", &ProviderKey::limits,
            "What the provider allows this key: beyond it, others are used.");
    v.template short_form<config::SecretRef>(
        "env:NAME", "The key alone.",
        [](ProviderKey& made, config::SecretRef secret) { made.key = std::move(secret); });
  }
  void validate(config::Errors& errors) const;
};

enum class Midstream : uint8_t { Error, Continue };
inline constexpr config::EnumName<Midstream> kMidstreams[] = {
    {Midstream::Error, "error", "The stream ends in an error event."},
    {Midstream::Continue, "continue",
     "Another target goes on with the text that the client has seen."}};
constexpr auto enum_names(Midstream) {
  return std::span(kMidstreams);
}

// In which header a key is shown, where a provider takes it in more than one.
enum class ProviderAuth : uint8_t { ApiKey, Bearer };
inline constexpr config::EnumName<ProviderAuth> kProviderAuths[] = {
    {ProviderAuth::ApiKey, "api_key", "The provider's own header for keys."},
    {ProviderAuth::Bearer, "bearer",
     "authorization: Bearer, as for a token of Microsoft Entra ID that something else renews."}};
constexpr auto enum_names(ProviderAuth) {
  return std::span(kProviderAuths);
}

// Whether an OpenAI-compatible provider is asked over the Responses API.
enum class AsksResponses : uint8_t { Auto, Never, Clients, Always };
inline constexpr config::EnumName<AsksResponses> kAsksResponses[] = {
    {AsksResponses::Auto, "auto", "`clients` where base_url is at api.openai.com, else `never`."},
    {AsksResponses::Never, "never", "Every chat goes to /chat/completions."},
    {AsksResponses::Clients, "clients",
     "Chats of clients of the Responses API go to /responses, others to /chat/completions."},
    {AsksResponses::Always, "always", "Every chat goes to /responses."}};
constexpr auto enum_names(AsksResponses) {
  return std::span(kAsksResponses);
}

struct ProviderConfig {
  static constexpr std::string_view kTypeName = "provider";
  ProviderKind kind{};
  std::string base_url;
  config::SecretRef api_key;
  std::vector<ProviderKey> api_keys;
  ProviderAuth auth = ProviderAuth::ApiKey;  // azure
  std::string api_version;                   // azure
  std::string region;                        // bedrock
  config::SecretRef secret_key;              // bedrock, beside api_key
  config::SecretRef session_token;           // bedrock, beside api_key
  std::string project;                       // vertex
  std::string location = "global";           // vertex
  std::string model;                         // llama, onnx: what it serves
  std::string model_file;                    // llama, onnx: instead of a known name
  bool stream_usage = true;  // OpenAI-compatible: knows stream_options.include_usage
  AsksResponses responses = AsksResponses::Auto;  // OpenAI-compatible
  int64_t context_tokens = 4096;                  // llama
  int64_t threads = 0;                            // llama, onnx; 0: chosen
  int64_t parallel = 4;                           // llama: calls at once
  int64_t idle_unload_s = 900;                    // llama; 0: never
  HealthCheckConfig health_check;

  template <class V>
  static void describe(V& v) {
    v.field("kind", &ProviderConfig::kind, "What speaks there.");
    v.field("base_url", &ProviderConfig::base_url,
            "Where the API is, with or without /v1; empty: where this kind is by default.");
    v.field("api_key", &ProviderConfig::api_key, "The provider's key: env:NAME or file:/path.");
    v.field(
         "api_keys", &ProviderConfig::api_keys,
         "Several keys instead of one: each call draws one by weight; one that is refused or asks "
         "too often rests while the others go on.")
        .at_most(64);
    v.field("auth", &ProviderConfig::auth, "Azure: in which header the key is shown.");
    v.field("api_version", &ProviderConfig::api_version,
            "Azure: a dated version, for paths that name the deployment; empty: /openai/v1.");
    v.field("region", &ProviderConfig::region, "Bedrock: whose models are called.");
    v.field("secret_key", &ProviderConfig::secret_key,
            "Bedrock: the secret of the access key in api_key; without it api_key is a Bedrock API "
            "key.");
    v.field("session_token", &ProviderConfig::session_token,
            "Bedrock: the token of a role's access key.");
    v.field("model", &ProviderConfig::model,
            "The model that a llama or onnx provider serves, by its known name.");
    v.field("model_file", &ProviderConfig::model_file,
            "A .gguf file (llama) or a folder with model.onnx and vocab.txt (onnx).");
    v.field("project", &ProviderConfig::project, "Vertex: the project of Google Cloud.");
    v.field("location", &ProviderConfig::location,
            "Vertex: where the model runs; \"global\" leaves it to Google.");
    v.field("stream_usage", &ProviderConfig::stream_usage,
            "Ask for token counts in streams; false where the provider refuses stream_options.");
    v.field("responses", &ProviderConfig::responses,
            "Whether the provider is asked over OpenAI's Responses API; its built-in tools work "
            "only there.");
    v.field("context_tokens", &ProviderConfig::context_tokens,
            "Context of a llama model, in tokens, for each parallel call.")
        .range(128, 1'048'576);
    v.field("threads", &ProviderConfig::threads, "CPU threads; 0 chooses.").range(0, 1024);
    v.field("parallel", &ProviderConfig::parallel, "Calls that a llama model answers at once.")
        .range(1, 256);
    v.field("idle_unload_s", &ProviderConfig::idle_unload_s,
            "Seconds without a call after which a llama child is stopped; 0 keeps it.")
        .range(0, 604'800);
    v.field("health_check", &ProviderConfig::health_check,
            "Ask the provider now and then whether it is well, and send no call where it is not.");
  }
  void validate(config::Errors& errors) const;
};

struct TargetConfig {
  static constexpr std::string_view kTypeName = "target";
  std::string provider;
  std::string model;
  std::string file;
  int64_t weight = 1;
  ConcurrencyConfig concurrency;

  template <class V>
  static void describe(V& v) {
    v.field("provider", &TargetConfig::provider, "A name under providers.");
    v.field("model", &TargetConfig::model,
            "The provider's name of the model; empty: the provider's own.");
    v.field("file", &TargetConfig::file,
            "An uploaded predictive model: blob:<sha256>, or the path of an .onnx file.");
    v.field("weight", &TargetConfig::weight, "Share of the traffic among the targets.")
        .range(0, 1'000'000);
    v.field("concurrency", &TargetConfig::concurrency,
            "Calls that this target has at a time; the endpoint's where max is 0.");
  }
};

struct RetriesConfig {
  static constexpr std::string_view kTypeName = "retries";
  int64_t max = 2;
  std::vector<std::string> on = {"429", "5xx", "reset", "timeout"};
  int64_t budget_percent = 20;

  template <class V>
  static void describe(V& v) {
    v.field("max", &RetriesConfig::max, "Further tries at one target.").range(0, 10);
    v.field("on", &RetriesConfig::on, "What is tried again: 429, 5xx, reset, timeout.").at_most(4);
    v.field("budget_percent", &RetriesConfig::budget_percent,
            "A target is tried again for at most this share of its calls, beside ten a second.")
        .range(0, 1000);
    v.template short_form<int64_t>("N", "The number alone.",
                                   [](RetriesConfig& retries, int64_t n) { retries.max = n; });
  }
  void validate(config::Errors& errors) const;
};

enum class Balance : uint8_t { Weight, LeastOutstanding, Latency, Cost };
inline constexpr config::EnumName<Balance> kBalances[] = {
    {Balance::Weight, "weight", "Drawn by weight."},
    {Balance::LeastOutstanding, "least_outstanding",
     "Of two drawn by weight, the one with fewer calls under way."},
    {Balance::Latency, "latency",
     "Of two drawn by weight, the one that answers sooner (peak EWMA times calls under way)."},
    {Balance::Cost, "cost",
     "The one whose price makes this call cheapest; equals are drawn by weight, those without a "
     "price come last."}};
constexpr auto enum_names(Balance) {
  return std::span(kBalances);
}

struct HedgeConfig {
  static constexpr std::string_view kTypeName = "hedge";
  int64_t after_ms = 0;
  int64_t budget_percent = 10;

  template <class V>
  static void describe(V& v) {
    v.field("after_ms", &HedgeConfig::after_ms,
            "A second target is asked, too, when the first has not begun to answer by then; 0: "
            "never. The first that answers goes on, the other is stopped.")
        .range(0, 3'600'000);
    v.field("budget_percent", &HedgeConfig::budget_percent,
            "For at most this share of a target's calls, beside ten a second.")
        .range(0, 100);
    v.template short_form<int64_t>("N", "after_ms alone.",
                                   [](HedgeConfig& hedge, int64_t n) { hedge.after_ms = n; });
  }
};

struct BreakerConfig {
  static constexpr std::string_view kTypeName = "breaker";
  bool enabled = true;
  int64_t window_ms = 10'000;
  int64_t min_calls = 20;
  int64_t failure_percent = 50;
  int64_t slow_ms = 0;
  int64_t slow_percent = 80;
  int64_t open_ms = 5'000;
  int64_t longest_open_ms = 60'000;
  int64_t probes = 2;

  template <class V>
  static void describe(V& v) {
    v.field("enabled", &BreakerConfig::enabled, "Keep calls away from a target that fails most.");
    v.field("window_ms", &BreakerConfig::window_ms, "Outcomes that count are not older.")
        .range(100, 3'600'000);
    v.field("min_calls", &BreakerConfig::min_calls, "Fewer calls in the window say nothing.")
        .range(1, 1'000'000);
    v.field("failure_percent", &BreakerConfig::failure_percent,
            "Opens where so many fail: 5xx, resets, timeouts, malformed answers.")
        .range(1, 100);
    v.field("slow_ms", &BreakerConfig::slow_ms, "A longer answer counts as slow; 0: none does.")
        .range(0, 3'600'000);
    v.field("slow_percent", &BreakerConfig::slow_percent, "Opens where so many are slow.")
        .range(1, 100);
    v.field("open_ms", &BreakerConfig::open_ms,
            "How long no call goes, the first time; doubled each time after that.")
        .range(1, 3'600'000);
    v.field("longest_open_ms", &BreakerConfig::longest_open_ms, "It is never longer.")
        .range(1, 86'400'000);
    v.field("probes", &BreakerConfig::probes, "Calls that try whether the target is well again.")
        .range(1, 100);
  }
};

struct TimeoutsConfig {
  static constexpr std::string_view kTypeName = "timeouts";
  int64_t connect_ms = 5'000;
  int64_t first_byte_ms = 60'000;
  int64_t first_token_ms = 60'000;
  int64_t idle_ms = 30'000;
  int64_t attempt_ms = 0;
  int64_t total_ms = 600'000;

  template <class V>
  static void describe(V& v) {
    v.field("connect_ms", &TimeoutsConfig::connect_ms, "Longest wait for a connection.")
        .range(1, 600'000);
    v.field("first_byte_ms", &TimeoutsConfig::first_byte_ms,
            "Longest wait from the request to the head of the answer.")
        .range(1, 3'600'000);
    v.field("first_token_ms", &TimeoutsConfig::first_token_ms,
            "Longest wait from the head of a stream to its first event.")
        .range(1, 3'600'000);
    v.field("idle_ms", &TimeoutsConfig::idle_ms, "Longest silence inside an answer.")
        .range(1, 3'600'000);
    v.field("attempt_ms", &TimeoutsConfig::attempt_ms,
            "Longest try at one target, its whole answer included; 0: no longest.")
        .range(0, 86'400'000);
    v.field("total_ms", &TimeoutsConfig::total_ms, "Longest whole call, with all its tries.")
        .range(1, 86'400'000);
  }
};

struct EndpointLimitsConfig {
  static constexpr std::string_view kTypeName = "limits";
  int64_t max_request_bytes = 16 * 1024 * 1024;
  int64_t max_response_bytes = 64 * 1024 * 1024;

  template <class V>
  static void describe(V& v) {
    v.field("max_request_bytes", &EndpointLimitsConfig::max_request_bytes, "Largest request body.")
        .range(1, 1'073'741'824);
    v.field("max_response_bytes", &EndpointLimitsConfig::max_response_bytes,
            "Largest answer of a provider; beyond it the attempt fails.")
        .range(1, 1'073'741'824);
  }
};

struct EndpointConfig {
  static constexpr std::string_view kTypeName = "endpoint";
  EndpointKind kind = EndpointKind::Chat;
  std::vector<TargetConfig> targets;
  std::vector<TargetConfig> fallback;
  Balance balance = Balance::Weight;
  RetriesConfig retries;
  HedgeConfig hedge;
  BreakerConfig breaker;
  ConcurrencyConfig concurrency;
  OutliersConfig outliers;
  QueueConfig queue;
  TimeoutsConfig timeouts;
  EndpointLimitsConfig limits;
  ClientAbort on_client_abort = ClientAbort::Cancel;
  Midstream on_midstream_failure = Midstream::Error;
  std::vector<std::string> guards = {"secrets"};
  trace::Capture capture = trace::Capture::Redacted;
  int64_t default_max_tokens = 4096;

  template <class V>
  static void describe(V& v) {
    v.meaning("What clients name as `model`.");
    v.field("kind", &EndpointConfig::kind, "What goes in and comes out.");
    v.field("targets", &EndpointConfig::targets, "Where calls go, by weight.").at_most(64);
    v.field("fallback", &EndpointConfig::fallback,
            "Where calls go, in this order, when every target fails.")
        .at_most(16);
    v.field("balance", &EndpointConfig::balance, "Which target a call asks first.");
    v.field("retries", &EndpointConfig::retries, "Further tries at one target.");
    v.field("hedge", &EndpointConfig::hedge, "A second target beside a slow first one.");
    v.field("breaker", &EndpointConfig::breaker, "When a target gets no calls for a while.");
    v.field("concurrency", &EndpointConfig::concurrency,
            "Calls that each of the targets has at a time.");
    v.field("outliers", &EndpointConfig::outliers, "When a target is asked after the others.");
    v.field("queue", &EndpointConfig::queue,
            "Where calls wait for their turn, by priority and by share, instead of being refused.");
    v.field("timeouts", &EndpointConfig::timeouts, "How long anything may take.");
    v.field("limits", &EndpointConfig::limits, "How large anything may be.");
    v.field("on_client_abort", &EndpointConfig::on_client_abort,
            "What happens to the provider's call when the client goes away.");
    v.field("on_midstream_failure", &EndpointConfig::on_midstream_failure,
            "What happens when a stream breaks off after its first text.");
    v.field("guards", &EndpointConfig::guards,
            "Guard policies for inputs and outputs, in this order; [] for none.")
        .at_most(16);
    v.field("capture", &EndpointConfig::capture, "What traces keep of the content.");
    v.field("default_max_tokens", &EndpointConfig::default_max_tokens,
            "Output tokens that are reserved where the request names no limit.")
        .range(1, 10'000'000);
  }
  void validate(config::Errors& errors) const;
};

using ProviderMap = std::map<std::string, ProviderConfig>;
using EndpointMap = std::map<std::string, EndpointConfig>;

}  // namespace tandem::gateway
