// Session: what a driver implements: one connection to a database, used by one thread at a time.
// GroupDb owns sessions and wraps each job's use of one in a Transaction (transaction.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/db.h"

namespace tandem::store {

enum class SessionUse : uint8_t { Read, Write };

class Session {
 public:
  virtual ~Session() = default;

  // Starts a transaction: a snapshot for Read, the write lock for Write. Opens the session again
  // where it was lost, as long as nothing ran in it yet.
  virtual Result<void> begin() = 0;
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;  // best effort; harmless outside a transaction

  // Sets the savepoint of the next job; `release_previous` merges the one before into the
  // transaction in the same round trip.
  virtual Result<void> savepoint(bool release_previous) = 0;
  // Undoes everything since the savepoint, which stays set.
  virtual Result<void> rollback_to_savepoint() = 0;
  // False where the engine rolled the transaction back by itself or the connection is gone.
  virtual bool in_transaction() const = 0;

  virtual Result<int64_t> run(const Statement& statement, std::span<const Param> params) = 0;
  virtual Result<void> query(const Statement& statement, std::span<const Param> params,
                             const EachRow& each) = 0;
  virtual Result<void> script(const Statement& statement) = 0;

  virtual uint64_t reconnects() const { return 0; }  // any thread
};

using OpenSession = std::function<Result<std::unique_ptr<Session>>(SessionUse)>;

}  // namespace tandem::store
