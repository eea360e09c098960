// KeyRing: which of a provider's keys a call is made with. A pure state machine: time and chance
// come with each step. A key is drawn by weight among those that have room under their limits and
// do not rest; one that the provider refused (401, 403) or that asked too often (429) rests, each
// time longer, until it answers again. Where every key was refused, the one whose rest ends first
// is tried all the same: its secret may be another one by now.
//   auto use = ring.take(tokens, tried, random_bits(), now_us);
//   if (!use) … ring.wait_us(tokens, now_us) …
//   ring.answered(*use, status, retry_after_ms, now_us);      // 200, 401, 403, 429; 0: none came
//   ring.correct(*use, real_tokens);
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "gateway/config.h"
#include "identity/rate_window.h"

namespace tandem::gateway {

// A call that counts for a key.
struct KeyUse {
  size_t key = 0;
  int64_t step = 0;    // of the window that it was counted in
  int64_t tokens = 0;  // what is counted for it now
};

class KeyRing {
 public:
  static constexpr size_t kMostKeys = 64;

  explicit KeyRing(std::vector<ProviderKey> keys);
  size_t size() const { return keys_.size(); }
  const ProviderKey& key(size_t index) const { return keys_[index].config; }

  // Counts one call of about `tokens` for the key that is drawn. Bit i of `tried`: not key i.
  std::optional<KeyUse> take(int64_t tokens, uint64_t tried, uint64_t random, SteadyUs now_us);
  // Until a call of `tokens` can be made with some key; nullopt: it is larger than every limit.
  std::optional<int64_t> wait_us(int64_t tokens, SteadyUs now_us);
  // What the provider answered to a call with it. True where the key rests from now on.
  bool answered(const KeyUse& use, int status, std::optional<int64_t> retry_after_ms,
                SteadyUs now_us);
  // From now on the call counts `tokens`.
  void correct(KeyUse& use, int64_t tokens);

 private:
  struct Key {
    ProviderKey config;
    identity::RateWindow requests;
    identity::RateWindow tokens;
    SteadyUs rests_until_us = 0;
    bool refused = false;      // it rests because of a 401 or 403
    int64_t rests_in_row = 0;  // since it last answered
  };
  static std::optional<int64_t> room_us(Key& key, int64_t tokens, SteadyUs now_us);
  std::optional<size_t> draw(int64_t tokens, uint64_t tried, uint64_t random, SteadyUs now_us);
  std::optional<size_t> first_refused(int64_t tokens, uint64_t tried, SteadyUs now_us);

  std::vector<Key> keys_;
};

}  // namespace tandem::gateway
