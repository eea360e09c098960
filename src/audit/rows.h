// Between rows of audit_events and types.h.
#pragma once

#include <string>
#include <string_view>

#include "audit/types.h"
#include "store/db.h"

namespace tandem::audit {

// "seq, id, time_us, …" in the order that stored_event() reads.
inline constexpr std::string_view kEventColumns =
    "seq, id, time_us, actor_key, actor_user, project, action, resource, outcome, status, "
    "request_id, trace_id, details, prev_hash, leaf_hash, hash";

StoredEvent stored_event(const store::Row& row);

// 32 bytes as they are; anything else is not a hash and becomes zeros, which matches none.
crypto::Digest digest_of(std::span<const uint8_t> blob);

}  // namespace tandem::audit
