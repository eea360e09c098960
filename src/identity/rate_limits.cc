#include "identity/rate_limits.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "identity/errors.h"
#include "identity/rate_window.h"

namespace tandem::identity {
namespace {

struct KeyUse {
  uint64_t generation = 0;  // tickets of a window that was forgotten do not touch the new one
  KeyLimits limits;
  RateWindow requests;
  RateWindow tokens;

  static RateState state_of(RateWindow& window, int64_t limit, SteadyUs now_us) {
    return {limit, std::max<int64_t>(0, limit - window.used(now_us)), window.reset_us(now_us)};
  }

  RateStates states(SteadyUs now_us) {
    RateStates out;
    if (limits.requests_per_minute) {
      out.requests = state_of(requests, *limits.requests_per_minute, now_us);
    }
    if (limits.tokens_per_minute) {
      out.tokens = state_of(tokens, *limits.tokens_per_minute, now_us);
    }
    return out;
  }

  Result<void> check(int64_t amount, SteadyUs now_us) {
    std::optional<Error> refusal;
    int64_t longest_us = 0;
    const auto check = [&](std::string_view what, RateWindow& window, int64_t need,
                           const std::optional<int64_t>& limit) {
      if (!limit) return;
      const auto wait = window.wait_us(need, *limit, now_us);
      if (wait && *wait <= longest_us) return;
      // The limit that holds the call back longest is the one to name.
      if (refusal && !refusal->retry_after_s) return;
      longest_us = wait.value_or(INT64_MAX);
      refusal = wait ? errors::rate_limited(what, *limit, *wait)
                     : errors::larger_than_rate(what, need, *limit);
    };
    check("requests", requests, 1, limits.requests_per_minute);
    check("tokens", tokens, amount, limits.tokens_per_minute);
    if (refusal) return fail(*std::move(refusal));
    return {};
  }

  void take(RateLimits::Admission& admission, SteadyUs now_us) {
    requests.add(1, now_us);
    admission.generation = generation;
    admission.step = tokens.add(admission.tokens, now_us);
    const RateStates own = states(now_us);
    if (own.requests) admission.states.tighten(LimitUnit::Requests, *own.requests);
    if (own.tokens) admission.states.tighten(LimitUnit::Tokens, *own.tokens);
  }
};

}  // namespace

// One lock for several keys; on a cache line of its own.
struct alignas(64) RateLimits::Shard {
  std::mutex mutex;
  std::unordered_map<KeyId, KeyUse> keys;
  uint64_t generations = 0;
};

RateLimits::RateLimits() : shards_(std::make_unique<Shard[]>(kShards)) {}
RateLimits::~RateLimits() = default;

RateLimits::Shard& RateLimits::shard_of(const KeyId& key) const {
  return shards_[std::hash<KeyId>{}(key) % kShards];
}

void RateLimits::set(const KeyId& key, const KeyLimits& limits) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (limits.any()) {
    KeyUse& use = shard.keys[key];
    if (use.generation == 0) use.generation = ++shard.generations;
    use.limits = limits;
  } else {
    shard.keys.erase(key);
  }
}

// The key's lock is held while the scopes are asked, so that both are taken or neither.
Result<RateLimits::Admission> RateLimits::admit(const KeyId& key, const LimitSubjects& subjects,
                                                int64_t tokens, LimitTimes now) {
  Admission admission;
  admission.key = key;
  admission.tokens = std::max<int64_t>(0, tokens);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.keys.find(key);
  const bool limited = found != shard.keys.end();
  if (limited) TRY_VOID(found->second.check(admission.tokens, now.steady_us));
  if (scopes_.any()) {
    TRY_VOID(scopes_.admit(subjects, admission.tokens, now, admission.scopes, admission.states));
  }
  if (limited) found->second.take(admission, now.steady_us);
  return admission;
}

void RateLimits::correct(Admission& admission, int64_t tokens) {
  scopes_.correct(admission.scopes, std::max<int64_t>(0, tokens));
  if (admission.generation == 0) return;
  Shard& shard = shard_of(admission.key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.keys.find(admission.key);
  if (found == shard.keys.end() || found->second.generation != admission.generation) return;
  tokens = std::max<int64_t>(0, tokens);
  found->second.tokens.correct(admission.step, tokens - admission.tokens);
  admission.tokens = tokens;
}

RateStates RateLimits::states(const KeyId& key, SteadyUs now_us) const {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.keys.find(key);
  return found == shard.keys.end() ? RateStates{} : found->second.states(now_us);
}

std::string reset_text(int64_t us) {
  const int64_t ms = (std::max<int64_t>(0, us) + 999) / 1000;
  if (ms < 1000 && ms > 0) return std::to_string(ms) + "ms";
  std::string text = std::to_string(ms / 1000);
  if (ms % 1000 != 0) {
    text += '.';
    text += std::to_string(1000 + ms % 1000).substr(1);
    while (text.back() == '0') text.pop_back();
  }
  text += 's';
  return text;
}

}  // namespace tandem::identity
