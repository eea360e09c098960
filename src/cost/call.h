// One attempt at a call as the ledger knows it: who called what, and how it ended. Plain values.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"
#include "base/trace_context.h"
#include "cost/budget_types.h"

namespace tandem::cost {

// Where the model runs: decides how energy is reckoned, and whether a missing price is a gap (a
// provider will bill for it) or the truth (our own hardware sends no bill).
enum class Placement : uint8_t { Remote, Local };

// How the provider bills the call. Batches are answered within a day, and cost half where the price
// says so (Price::batch_percent).
enum class Tier : uint8_t { Standard, Batch };
std::string_view tier_name(Tier tier);  // "standard", "batch"

// The views must stay valid during reserve() only. Names beyond kMaxNameBytes are cut.
struct CallIdentity {
  RequestId request_id;
  int attempt = 1;
  TraceId trace_id;
  ProjectId project;
  KeyId key;
  UserId user;                // empty: none
  TeamId team;                // empty: none
  std::string_view endpoint;  // what the client named
  std::string_view target;    // "provider/model" of this attempt; what is priced
  std::string_view model;     // the model as the target calls it
  std::string_view kind;      // "chat", "completion", "embedding", "rerank", "predict"
  Placement placement = Placement::Remote;
  Tier tier = Tier::Standard;

  ScopeIds scopes() const { return {project, team, user, key, endpoint}; }
};
inline constexpr size_t kMaxNameBytes = 255;

enum class State : uint8_t {
  Settled,    // with the usage that the target reported
  Estimated,  // no usage came: an abort, a crash, a provider that does not say
  Released,   // not billed; cost 0
};
std::string_view state_name(State state);  // "settled", "estimated", "released"

// Why an attempt was released.
enum class Reason : uint8_t {
  None,         // settled or estimated
  Rejected,     // the target refused the request (4xx)
  RateLimited,  // 429
  ServerError,  // 5xx, or an error in a 200
  Timeout,
  Reset,        // the connection broke before anything was billed
  Malformed,    // the answer was not one
  Cancelled,    // the client left before the target did anything
  NotSent,      // breaker, guard or cache ended the attempt before it was sent
  HedgeLost,    // the other of two attempts answered
  AlreadyPaid,  // an earlier attempt was paid and its answer lost
  kCount,
};
std::string_view reason_name(Reason reason);  // "none", "rejected", "rate_limited" …

}  // namespace tandem::cost
