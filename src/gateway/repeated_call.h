// A model call with an Idempotency-Key: made once. The same key and request again get the answer of
// the first, with `idempotent-replayed: true`, no attempt and no ledger row; while the first is
// under way they are told to come back; another request under the same key is refused. A call that
// failed may be made again. Claims last a day, across restarts and nodes (identity/replays.h). An
// answer is kept where the endpoint's capture policy lets content be kept and it is no larger than
// 256 KiB; else a repetition is told that there was one, and is not made again either.
#pragma once

#include "gateway/path_services.h"
#include "gateway/surface.h"
#include "net/exchange.h"

namespace tandem::gateway {

// Answers `exchange`, as GovernedCall does, once for each Idempotency-Key.
Task<Result<void>> answer_once(const PathServices& services, net::Exchange& exchange,
                               const Surface& surface);

}  // namespace tandem::gateway
