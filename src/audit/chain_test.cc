#include "audit/chain.h"

#include <gtest/gtest.h>

#include "base/text/encode.h"

namespace tandem::audit {
namespace {

StoredEvent sample() {
  StoredEvent stored;
  stored.seq = 1;
  stored.id = "aud_1";
  stored.outcome = "success";
  stored.event.time_us = 258;
  stored.event.actor_key = "key_1";
  stored.event.project = "default";
  stored.event.action = "keys.create";
  stored.event.resource = "keys/2";
  stored.event.status = 201;
  stored.event.details = "{}";
  return stored;
}

// Bytes by hand from the format in chain.h; digests by Python's hashlib over those bytes.
TEST(Chain, LeafBytesAndHashesAreThoseOfTheDocumentedFormat) {
  const std::string hex =
      "01"
      "0000000000000001"
      "00000005"
      "6175645f31"
      "0000000000000102"
      "00000005"
      "6b65795f31"
      "00000000"
      "00000007"
      "64656661756c74"
      "0000000b"
      "6b6579732e637265617465"
      "00000006"
      "6b6579732f32"
      "00000007"
      "73756363657373"
      "00000000000000c9"
      "00000000"
      "00000000"
      "00000002"
      "7b7d";
  EXPECT_EQ(text::to_hex(crypto::bytes_of(leaf_bytes(sample()))), hex);
  EXPECT_EQ(text::to_hex(hash_leaf(sample())),
            "4735c9d2e2c52e52b627b4542edb4d0cf16ea1e90af0ff80e648265c7fa5fa37");
  EXPECT_EQ(text::to_hex(hash_link(crypto::Digest{}, hash_leaf(sample()))),
            "7bccfa29ccd5f4c7dbc5dd2aa592e1d0204d14b63a933a0972ed31ffad9452eb");
}

// RFC 6962, section 2.1: the leaf hash of the empty leaf is SHA-256 of one zero byte. Ours hashes
// the same prefix, so the known value of an independent source must come out for it.
TEST(Chain, TheLeafPrefixIsThatOfRfc6962) {
  EXPECT_EQ(text::to_hex(crypto::sha256(std::string(1, '\0'))),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(Chain, EveryFieldChangesTheHashAndNoTwoFieldsCanBeMistaken) {
  const crypto::Digest original = hash_leaf(sample());
  const auto changed = [&original](auto change) {
    StoredEvent stored = sample();
    change(stored);
    return hash_leaf(stored) != original;
  };
  EXPECT_TRUE(changed([](StoredEvent& s) { s.seq = 2; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.id = "aud_2"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.time_us = 259; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.actor_key = "key_2"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.actor_user = "u"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.project = "other"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.action = "keys.delete"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.resource = "keys/3"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.outcome = "denied"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.status = 200; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.request_id = "r"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.trace_id = "t"; }));
  EXPECT_TRUE(changed([](StoredEvent& s) { s.event.details = "{ }"; }));
  // The same characters across another border between two fields.
  EXPECT_TRUE(changed([](StoredEvent& s) {
    s.event.action = "keys.createk";
    s.event.resource = "eys/2";
  }));
}

TEST(Outcome, FollowsTheHttpStatus) {
  EXPECT_EQ(outcome_of_status(201), Outcome::Success);
  EXPECT_EQ(outcome_of_status(403), Outcome::Denied);
  EXPECT_EQ(outcome_of_status(429), Outcome::Denied);
  EXPECT_EQ(outcome_of_status(404), Outcome::Failure);
  EXPECT_EQ(outcome_of_status(500), Outcome::Failure);
}

}  // namespace
}  // namespace tandem::audit
