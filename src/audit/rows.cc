#include "audit/rows.h"

#include <cstring>

namespace tandem::audit {

crypto::Digest digest_of(std::span<const uint8_t> blob) {
  crypto::Digest digest{};
  if (blob.size() == digest.size()) std::memcpy(digest.data(), blob.data(), blob.size());
  return digest;
}

StoredEvent stored_event(const store::Row& row) {
  StoredEvent stored;
  Event& event = stored.event;
  stored.seq = row.integer(0);
  stored.id = row.str(1);
  event.time_us = row.integer(2);
  event.actor_key = row.str(3);
  event.actor_user = row.str(4);
  event.project = row.str(5);
  event.action = row.str(6);
  event.resource = row.str(7);
  stored.outcome = row.str(8);
  event.status = row.integer(9);
  event.request_id = row.str(10);
  event.trace_id = row.str(11);
  event.details = row.str(12);
  stored.prev_hash = digest_of(row.blob(13));
  stored.leaf_hash = digest_of(row.blob(14));
  stored.hash = digest_of(row.blob(15));
  return stored;
}

}  // namespace tandem::audit
