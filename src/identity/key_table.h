// KeyTable: every valid key of the server in memory, found by the hash of its text. Owned by
// Identity. Reads from any thread take no lock; changes are visible to all threads at once.
//
// Readers take the current snapshot from base/async/snapshot.h: one load of a counter that is
// written only when keys change, and a reference count. Not std::atomic<std::shared_ptr>: libstdc++
// makes it of a spin bit, which a reader that loses its processor holds against all others. A
// snapshot is 256 small tables by the first byte of the hash, and a change copies only the tables
// that it touches, so adding a key to a server with 100,000 costs microseconds.
//
// Timing: what is looked up is HMAC(secret, text). Whoever guesses texts cannot steer its bits
// without the secret, so how long a probe takes says nothing about the keys that exist; the digests
// are still compared in constant time, so that this does not rest on the table's shape.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/async/snapshot.h"
#include "base/clock.h"
#include "base/context.h"
#include "identity/key_hash.h"
#include "identity/rate_limits.h"

namespace tandem::identity {

// When a key was last used; shared by the successive entries of one key.
struct KeyUseTime {
  std::atomic<WallUs> last_us{0};
  std::atomic<WallUs> stored_us{0};  // what the database knows

  // Written at most once a second, so that a busy key's cache line stays shared.
  void touch(WallUs now_us) {
    if (now_us - last_us.load(std::memory_order_relaxed) >= 1'000'000) {
      last_us.store(now_us, std::memory_order_relaxed);
    }
  }
};

struct KeyEntry {
  KeyHash hash{};
  Principal principal;
  WallUs expires_us = 0;  // 0: never
  KeyLimits limits;
  std::shared_ptr<KeyUseTime> use;

  bool expired(WallUs now_us) const { return expires_us != 0 && now_us >= expires_us; }
};

class KeyTable {
 public:
  struct Change {
    KeyId id;
    int64_t sequence = 0;           // of the change; an older one than the table knows is ignored
    std::optional<KeyEntry> entry;  // absent: the key is no more
  };

  KeyTable();
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;
  ~KeyTable();

  // The entry whose hash this is, or null.
  std::shared_ptr<const KeyEntry> find(const KeyHash& hash) const;

  // The valid key of that id, or null. Takes the lock of writers: not for every request.
  std::shared_ptr<const KeyEntry> find(const KeyId& id) const;

  // Applies changes in any order of arrival. When it returns, every find() that begins sees them.
  void apply(std::vector<Change> changes);

  size_t size() const;
  // Keys that were used since the database heard of it, and when; marks them as stored.
  std::vector<std::pair<KeyId, WallUs>> take_used();

 private:
  struct Shard;
  struct Shards;
  struct Known {
    int64_t sequence = 0;
    std::shared_ptr<const KeyEntry> entry;  // null: revoked
  };
  static constexpr size_t kShards = 256;

  bool apply_one(Change change, std::array<bool, kShards>& touched);
  std::shared_ptr<const Shards> rebuilt(const std::array<bool, kShards>& touched) const;

  Snapshot<Shards> shards_;
  mutable std::mutex mutex_;  // of writers; guards what follows
  std::unordered_map<KeyId, Known> known_;
  std::array<std::vector<KeyId>, kShards> members_;  // valid keys of each shard
};

}  // namespace tandem::identity
