// Deleting traces by age. Runs inside a write job. (Later versions drop whole files instead.)
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/db.h"
#include "trace/scope.h"

namespace tandem::trace {

// Deletes up to `most` traces of `scope` that started before `cutoff_us`, with their spans and
// their search blocks. Answers their keys; fewer than `most` means that nothing older is left.
Result<std::vector<int64_t>> delete_before(store::Connection& connection, const Scope& scope,
                                           WallUs cutoff_us, int64_t most);

}  // namespace tandem::trace
