// Replays: what writes with an Idempotency-Key answered, so that a repeated request gets the same
// answer and changes nothing. Claims belong to the key that made them and last a day. One per
// database; any thread. net's routes get it in replayed_routes.h.
//   CO_TRY(auto earlier, co_await replays.claim(request));   // nullopt: go on
//   … co_await replays.keep(request, answer);  or  co_await replays.release(request);
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/async/task.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "store/db.h"

namespace tandem::identity {

struct ReplayRequest {
  KeyId owner;  // who asks
  std::string idempotency_key;
  std::string fingerprint;  // what may not differ when the request is repeated
};

struct ReplayAnswer {
  int status = 0;
  std::string content_type;
  std::string header_block;
  std::string body;
  // False: the answer holds a secret, which is not stored. The handler is asked again, and must
  // itself find what it made (as Keys does).
  bool kept = true;
};

class Replays {
 public:
  // Forgets what was under way when the process ended, where no other process can be at it.
  // `db` outlives this; identity's migrations are applied. Blocking.
  static Result<std::unique_ptr<Replays>> open(store::Db& db);

  // nullopt: the request is the first of its kind and now under way, or the first one was given up.
  // AlreadyExists where the key was used for another request, or the same one is still under way.
  Task<Result<std::optional<ReplayAnswer>>> claim(ReplayRequest request, WallUs now_us);
  Task<Result<void>> keep(ReplayRequest request, ReplayAnswer answer);
  // It failed: the same key may try again.
  Task<Result<void>> release(ReplayRequest request);

 private:
  explicit Replays(store::Db& db) : db_(db) {}
  store::Db& db_;
};

}  // namespace tandem::identity
