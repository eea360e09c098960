// A pair of attempts: the second target is asked where the first has not begun to answer in time
// (health/hedge.h). Both are reserved and end in the ledger; the client gets one answer. One io
// thread.
#pragma once

#include "gateway/attempt.h"

namespace tandem::gateway {

// `first` has been counted by its health (TargetHealth::begin()); `second` is when it is asked.
// `client` stops both; null: nothing does.
Task<Tried> hedged_attempt(CallState& state, Target& first, Target& second, CancelSource* client);

}  // namespace tandem::gateway
