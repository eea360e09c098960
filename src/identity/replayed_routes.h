// Gives every write of /api/tandem/v1 its Idempotency-Key, once, where the routes are put together:
// the same key and the same request get the same answer, with `idempotent-replayed: true`; the same
// key and another request are refused. Failures are not kept: they may be tried again.
//   honour_idempotency_keys(routes, *replays);
// Left out are reads, model calls, and routes that stream their body (an upload is stored under the
// hash of its bytes, so repeating it makes nothing new).
#pragma once

#include "identity/replays.h"
#include "net/route.h"

namespace tandem::identity {

inline constexpr std::string_view kReplayedHeader = "idempotent-replayed";

// `replays` outlives the routes. An answer with `cache-control: no-store` is never stored: see
// ReplayAnswer::kept.
void honour_idempotency_keys(net::Routes& routes, Replays& replays);

}  // namespace tandem::identity
