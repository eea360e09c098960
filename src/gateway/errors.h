// Every sentence of the gateway that a user can read.
#pragma once

#include <string>
#include <string_view>

#include "base/context.h"
#include "base/error/error.h"
#include "gateway/call.h"
#include "gateway/catalog/endpoint.h"

namespace tandem::gateway {

// Whether an endpoint of that kind serves such calls.
bool fits(EndpointKind endpoint, CallKind call);
// Rows of a predictive call: the first dimension of its first input.
int64_t call_rows(const Call& call);

namespace errors {

Error model_not_found(std::string_view name, const Catalog& catalog, const Principal& principal);
// What an endpoint for such a call looks like, behind a hint.
std::string how_to_declare(CallKind kind);
Error endpoint_not_allowed(std::string_view name, const Principal& principal);
Error wrong_kind(const Call& call, const Endpoint& endpoint);
Error request_too_large(const Call& call, const Endpoint& endpoint);
Error target_cannot(const Call& call, const Target& target);
// Why no target of an endpoint may be asked, and for how long.
struct KeptAway {
  int64_t wait_ms;    // until the first open breaker lets a call through
  bool full = false;  // one of them has as many calls as it takes
  bool down = false;  // one of them does not answer its health checks
  bool open = false;
  void by(Leave leave, int64_t target_wait_ms);
};
Error no_target_now(const Endpoint& endpoint, const KeptAway& why);
Error client_gone();

}  // namespace errors
}  // namespace tandem::gateway
