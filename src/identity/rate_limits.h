// RateLimits: requests and tokens a minute, per key, and of all that a call belongs to
// (scope_limits.h). All are checked and taken at once or not at all. Tokens are taken by estimate
// when a call is admitted and corrected when it is settled. Owned by Identity, any thread; keys are
// spread over shards with a lock each, held for well under a microsecond. Time comes in as a
// parameter.
//   TRY(auto admission, limits.admit(principal.key, subjects, estimated_tokens, now));   // or
//   RateLimited
//   …
//   limits.correct(admission, real_tokens);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "identity/scope_limits.h"

namespace tandem::identity {

// Absent: no limit.
struct KeyLimits {
  std::optional<int64_t> requests_per_minute;
  std::optional<int64_t> tokens_per_minute;

  bool any() const { return requests_per_minute || tokens_per_minute; }
  friend bool operator==(const KeyLimits&, const KeyLimits&) = default;

  template <class V>
  static void describe(V& v) {
    v.field("requests_per_minute", &KeyLimits::requests_per_minute,
            "Calls in any 60 seconds. Absent: no limit.")
        .range(1, 1'000'000'000);
    v.field("tokens_per_minute", &KeyLimits::tokens_per_minute,
            "Input and output tokens in any 60 seconds. Absent: no limit.")
        .range(1, 1'000'000'000'000);
  }
};

class RateLimits {
 public:
  RateLimits();
  ~RateLimits();
  RateLimits(const RateLimits&) = delete;
  RateLimits& operator=(const RateLimits&) = delete;

  // Sets the limits of a key; what it used in this minute still counts. Without any: forgets it.
  void set(const KeyId& key, const KeyLimits& limits);

  // What one call took. A plain value; losing it only leaves the estimate in place.
  struct Admission {
    KeyId key;
    uint64_t generation = 0;  // 0: the key had no limits
    int64_t step = 0;
    int64_t tokens = 0;  // what is counted for the call now
    RateStates states;   // of the tightest limits, right after it was admitted
    ScopeLimits::Taken scopes = {};
  };

  // Counts one request and `tokens`, or nothing. RateLimited says which limit, and after how many
  // seconds the same request fits (none where it is larger than the limit itself).
  Result<Admission> admit(const KeyId& key, const LimitSubjects& subjects, int64_t tokens,
                          LimitTimes now);
  // Of a call that belongs to its key only.
  Result<Admission> admit(const KeyId& key, int64_t tokens, SteadyUs now_us) {
    return admit(key, {}, tokens, {now_us, 0});
  }
  // From now on the call counts `tokens`: when it is settled, and with 0 when an attempt is not
  // billed. May be repeated. Without effect once the call is older than a minute.
  void correct(Admission& admission, int64_t tokens);
  RateStates states(const KeyId& key, SteadyUs now_us) const;

  // The limits of projects, teams, users, keys and endpoints.
  ScopeLimits& scopes() { return scopes_; }

 private:
  struct Shard;
  Shard& shard_of(const KeyId& key) const;

  static constexpr size_t kShards = 64;
  std::unique_ptr<Shard[]> shards_;
  ScopeLimits scopes_;
};

// Calls `add(name, value)` for each of x-ratelimit-{limit,remaining,reset}-{requests,tokens} that
// applies. Resets are written like 1s, 120ms or 59.5s.
template <class Add>
void rate_headers(const RateStates& states, Add add);

// "500ms", "1s", "59.5s", rounded up to a millisecond.
std::string reset_text(int64_t us);

template <class Add>
void rate_headers(const RateStates& states, Add add) {
  if (const auto& state = states.requests) {
    add(std::string_view("x-ratelimit-limit-requests"), std::to_string(state->limit));
    add(std::string_view("x-ratelimit-remaining-requests"), std::to_string(state->remaining));
    add(std::string_view("x-ratelimit-reset-requests"), reset_text(state->reset_us));
  }
  if (const auto& state = states.tokens) {
    add(std::string_view("x-ratelimit-limit-tokens"), std::to_string(state->limit));
    add(std::string_view("x-ratelimit-remaining-tokens"), std::to_string(state->remaining));
    add(std::string_view("x-ratelimit-reset-tokens"), reset_text(state->reset_us));
  }
}

}  // namespace tandem::identity
