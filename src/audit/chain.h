// How audit events are made tamper-evident. Pure.
// leaf  = 0x01 (version), then in this order, integers as 8 bytes big-endian and texts as 4 bytes
//         big-endian length and their bytes: seq, id, time_us, actor_key, actor_user, project,
//         action, resource, outcome, status, request_id, trace_id, details
// leaf_hash = SHA-256(0x00 ‖ leaf): the leaf of a Merkle tree as in RFC 6962, section 2.1, so that
//         inclusion and consistency proofs can be built over stored events without touching them
// hash  = SHA-256(0x02 ‖ prev_hash ‖ leaf_hash): the chain; the first event's prev_hash is 32 zeros
// (0x01 is RFC 6962's prefix of inner nodes, so no hash can be mistaken for one of another kind.)
#pragma once

#include <string>

#include "audit/types.h"

namespace tandem::audit {

std::string leaf_bytes(const StoredEvent& stored);
crypto::Digest hash_leaf(const StoredEvent& stored);
crypto::Digest hash_link(const crypto::Digest& prev_hash, const crypto::Digest& leaf_hash);

}  // namespace tandem::audit
