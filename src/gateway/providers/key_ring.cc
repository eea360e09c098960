#include "gateway/providers/key_ring.h"

#include <algorithm>

namespace tandem::gateway {
namespace {

// Of a 429 that names no time, and of a refusal: the first rest and the longest one.
constexpr int64_t kAskedTooOftenMs = 1'000;
constexpr int64_t kAskedTooOftenMostMs = 60'000;
constexpr int64_t kRefusedMs = 10'000;
constexpr int64_t kRefusedMostMs = 600'000;

int64_t doubled(int64_t first_ms, int64_t most_ms, int64_t times) {
  return std::min(most_ms, first_ms << std::min<int64_t>(times, 16));
}

bool was_tried(uint64_t tried, size_t key) {
  return (tried >> key & 1) != 0;
}

}  // namespace

KeyRing::KeyRing(std::vector<ProviderKey> keys) {
  for (ProviderKey& key : keys) {
    if (key.name.empty()) key.name = std::to_string(keys_.size() + 1);
    keys_.emplace_back().config = std::move(key);
  }
}

// Until the key's limits let a call pass; nullopt: never.
std::optional<int64_t> KeyRing::room_us(Key& key, int64_t tokens, SteadyUs now_us) {
  const identity::KeyLimits& limits = key.config.limits;
  int64_t wait_us = 0;
  if (limits.requests_per_minute) {
    const auto wait = key.requests.wait_us(1, *limits.requests_per_minute, now_us);
    if (!wait) return std::nullopt;
    wait_us = *wait;
  }
  if (limits.tokens_per_minute) {
    const auto wait = key.tokens.wait_us(tokens, *limits.tokens_per_minute, now_us);
    if (!wait) return std::nullopt;
    wait_us = std::max(wait_us, *wait);
  }
  return wait_us;
}

// By weight; a key of weight 0 only where no other one can go.
std::optional<size_t> KeyRing::draw(int64_t tokens, uint64_t tried, uint64_t random,
                                    SteadyUs now_us) {
  uint64_t total = 0;
  std::optional<size_t> spare, drawn;
  for (size_t i = 0; i < keys_.size(); ++i) {
    Key& key = keys_[i];
    if (was_tried(tried, i) || key.rests_until_us > now_us) continue;
    if (room_us(key, tokens, now_us) != 0) continue;
    if (key.config.weight == 0) {
      if (!spare) spare = i;
      continue;
    }
    // Reservoir sampling: one pass, no list. Each step takes its own bits of the seed.
    const auto weight = static_cast<uint64_t>(key.config.weight);
    total += weight;
    if (SplitMix64(random + i)() % total < weight) drawn = i;
  }
  return drawn ? drawn : spare;
}

// Where nothing but refused keys is left, the one whose rest ends first.
std::optional<size_t> KeyRing::first_refused(int64_t tokens, uint64_t tried, SteadyUs now_us) {
  std::optional<size_t> first;
  for (size_t i = 0; i < keys_.size(); ++i) {
    Key& key = keys_[i];
    if (key.rests_until_us <= now_us || !key.refused) return std::nullopt;
    if (was_tried(tried, i) || room_us(key, tokens, now_us) != 0) continue;
    if (!first || key.rests_until_us < keys_[*first].rests_until_us) first = i;
  }
  return first;
}

std::optional<KeyUse> KeyRing::take(int64_t tokens, uint64_t tried, uint64_t random,
                                    SteadyUs now_us) {
  auto chosen = draw(tokens, tried, random, now_us);
  // A call that was just refused by one key does not wake the others.
  if (!chosen && tried == 0) chosen = first_refused(tokens, tried, now_us);
  if (!chosen) return std::nullopt;
  Key& key = keys_[*chosen];
  key.requests.add(1, now_us);
  return KeyUse{*chosen, key.tokens.add(tokens, now_us), tokens};
}

std::optional<int64_t> KeyRing::wait_us(int64_t tokens, SteadyUs now_us) {
  std::optional<int64_t> least;
  for (Key& key : keys_) {
    const auto room = room_us(key, tokens, now_us);
    if (!room) continue;
    const int64_t wait = std::max(*room, key.rests_until_us - now_us);
    if (!least || wait < *least) least = std::max<int64_t>(0, wait);
  }
  return least;
}

bool KeyRing::answered(const KeyUse& use, int status, std::optional<int64_t> retry_after_ms,
                       SteadyUs now_us) {
  Key& key = keys_[use.key];
  const bool refused = status == 401 || status == 403;
  if (!refused && status != 429) {
    // What was under way when a 429 came says nothing about the time after it.
    const bool still_rests = key.rests_until_us > now_us && !key.refused;
    if (status >= 200 && status < 300 && !still_rests) {
      key.rests_in_row = 0;
      key.rests_until_us = 0;
      key.refused = false;
    }
    return false;
  }
  // Answers to calls that were under way together make one rest, unless one names a longer time.
  const bool rests_already = key.rests_until_us > now_us;
  if (rests_already && key.refused == refused && !retry_after_ms) return true;
  const int64_t rest_ms = refused ? doubled(kRefusedMs, kRefusedMostMs, key.rests_in_row)
                                  : retry_after_ms.value_or(doubled(
                                        kAskedTooOftenMs, kAskedTooOftenMostMs, key.rests_in_row));
  if (!rests_already) ++key.rests_in_row;
  const SteadyUs until_us = now_us + rest_ms * 1000;
  if (until_us > key.rests_until_us) {
    key.rests_until_us = until_us;
    key.refused = refused;
  }
  return true;
}

void KeyRing::correct(KeyUse& use, int64_t tokens) {
  keys_[use.key].tokens.correct(use.step, tokens - use.tokens);
  use.tokens = tokens;
}

}  // namespace tandem::gateway
