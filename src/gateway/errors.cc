#include "gateway/errors.h"

#include <algorithm>

namespace tandem::gateway {
namespace {

constexpr size_t kMostNames = 20;
constexpr int64_t kFullRetryS = 1;
constexpr int64_t kDownRetryS = 5;

std::string quoted(std::string_view name) {
  return "\"" + std::string(name.substr(0, 100)) + "\"";
}

// "a, b and 3 more"
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kMostNames; ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  if (names.size() > kMostNames) {
    text += " and " + std::to_string(names.size() - kMostNames) + " more";
  }
  return text;
}

std::string_view kind_name(EndpointKind kind) {
  for (const auto& row : kEndpointKinds) {
    if (row.value == kind) return row.name;
  }
  return "chat";
}

}  // namespace

bool fits(EndpointKind endpoint, CallKind call) {
  switch (call) {
    case CallKind::Chat:
    case CallKind::Completion:
      return endpoint == EndpointKind::Chat;
    case CallKind::Embedding:
      return endpoint == EndpointKind::Embedding;
    case CallKind::Predict:
      return endpoint == EndpointKind::Predict;
    case CallKind::Rerank:
      return endpoint == EndpointKind::Rerank;
    case CallKind::Moderation:
      return endpoint == EndpointKind::Moderation;
    case CallKind::Image:
      return endpoint == EndpointKind::Image;
    case CallKind::Speech:
    case CallKind::Transcription:
      return endpoint == EndpointKind::Audio;
  }
  return false;
}

int64_t call_rows(const Call& call) {
  if (call.infer.inputs.empty() || call.infer.inputs[0].shape.empty()) return 1;
  return call.infer.inputs[0].shape[0] > 0 ? call.infer.inputs[0].shape[0] : 1;
}

namespace errors {

Error model_not_found(std::string_view name, const Catalog& catalog, const Principal& principal) {
  std::vector<std::string> names;
  for (const auto& endpoint : catalog.list(principal.project)) {
    if (principal.may_call(endpoint->name)) names.push_back(endpoint->name);
  }
  Error error(Code::ModelNotFound, "There is no endpoint named " + quoted(name) + ".");
  error.hint = names.empty() ? "Your key may not use any endpoint yet; ask for one to be made."
                             : "Your key may use: " + listed(names) + ".";
  error.param = "model";
  return error;
}

std::string how_to_declare(CallKind kind) {
  for (const auto& row : kEndpointKinds) {
    if (!fits(row.value, kind)) continue;
    return " An endpoint for this is declared with kind: " + std::string(row.name) +
           " and a target that can do it, under endpoints or with PUT "
           "/api/tandem/v1/endpoints/NAME.";
  }
  return {};
}

Error endpoint_not_allowed(std::string_view name, const Principal& principal) {
  Error error(Code::EndpointNotAllowed, "The key " + quoted(principal.key_name) +
                                            " may not call the endpoint " + quoted(name) + ".");
  error.hint = principal.endpoints && !principal.endpoints->empty()
                   ? "It may call: " + listed(*principal.endpoints) + "."
                   : "Ask for a key with that endpoint in its scope.";
  error.param = "model";
  return error;
}

Error wrong_kind(const Call& call, const Endpoint& endpoint) {
  return Error(Code::InvalidArgument,
               "The endpoint " + quoted(endpoint.name) + " is of kind " +
                   std::string(kind_name(endpoint.config.kind)) + " and cannot answer a " +
                   std::string(call_kind_name(call.kind)) + " call.",
               "Name an endpoint of the right kind; GET /api/tandem/v1/endpoints lists them.",
               "model");
}

Error request_too_large(const Call& call, const Endpoint& endpoint) {
  return Error(Code::PayloadTooLarge,
               "The request has " + std::to_string(call.bytes_in) + " bytes; the endpoint " +
                   quoted(endpoint.name) + " takes at most " +
                   std::to_string(endpoint.config.limits.max_request_bytes) + ".",
               "Send less, or have limits.max_request_bytes of the endpoint raised.");
}

Error target_cannot(const Call& call, const Target& target) {
  return Error(Code::InvalidArgument,
               "The target " + target.label() + " cannot answer a " +
                   std::string(call_kind_name(call.kind)) + " call.",
               "Use another endpoint, or have its targets changed.", "model");
}

void KeptAway::by(Leave leave, int64_t target_wait_ms) {
  full = full || leave == Leave::Full;
  down = down || leave == Leave::Down;
  if (leave != Leave::BreakerOpen) return;
  open = true;
  wait_ms = std::min(wait_ms, target_wait_ms);
}

Error no_target_now(const Endpoint& endpoint, const KeptAway& why) {
  const std::string every = "Every target of the endpoint " + quoted(endpoint.name);
  if (why.full) {
    Error error(Code::Overloaded, every + " has as many calls as it takes at a time.",
                "Try again when retry-after has passed, or give the endpoint a queue.");
    error.retry_after_s = kFullRetryS;
    return error;
  }
  Error error(Code::Unavailable, "",
              "Try again when retry-after has passed, or give the endpoint a fallback.");
  if (why.open) {
    error.message = every + " failed most of its last calls and is not asked for a while.";
    error.retry_after_s = std::max<int64_t>((why.wait_ms + 999) / 1000, 1);
  } else {
    error.message = every + " fails its health checks and is not asked until it is well.";
    error.retry_after_s = kDownRetryS;
  }
  return error;
}

Error client_gone() {
  return Error(Code::Cancelled, "The client closed the connection before the answer was complete.");
}

}  // namespace errors
}  // namespace tandem::gateway
