// An audit event: who did or decided what, to which resource, with which outcome. Plain values.
//   Event event;  event.action = "keys.create";  event.resource = "keys/key_01J…";
//   CO_TRY_VOID(co_await audit.append(std::move(event)));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/context.h"
#include "base/crypto/hash.h"

namespace tandem::audit {

// What became of it: done; refused by a permission, budget or guard; or failed.
enum class Outcome : uint8_t { Success, Denied, Failure };
std::string_view name_of(Outcome outcome);  // "success"
Outcome outcome_of_status(int http_status);

// Texts are kept as they are but for NUL and malformed UTF-8, which become U+FFFD, and are cut at
// limits (see log.cc). Secrets never go into an event.
struct Event {
  WallUs time_us = 0;     // 0: when it is appended
  std::string actor_key;  // id of the key; empty: nobody was known, or the server itself
  std::string actor_user;
  std::string project;   // empty: the server as a whole
  std::string action;    // "<noun>.<verb>"
  std::string resource;  // "<plural noun>/<id>"
  Outcome outcome = Outcome::Success;
  int64_t status = 0;  // HTTP status; 0: not a request
  std::string request_id;
  std::string trace_id;
  std::string details;  // a JSON object; empty: {}

  // Actor, project, request and trace of the call in progress.
  static Event of(const RequestContext& context);
};

struct StoredEvent {
  int64_t seq = 0;  // 1, 2, 3 … without gaps
  std::string id;
  Event event;
  std::string outcome;  // as stored, for hashing
  crypto::Digest prev_hash{};
  crypto::Digest leaf_hash{};
  crypto::Digest hash{};
};

}  // namespace tandem::audit
