// AuditLog: the append-only, hash-chained log of audit events. App makes one per database; any
// thread. An event that was acknowledged survives a killed process. There is no way to change or
// delete one, here or in SQL.
//   CO_TRY_VOID(co_await audit.append(std::move(event)));
//   CO_TRY(Verification checked, co_await audit.verify({}));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/list.h"
#include "audit/types.h"
#include "audit/verify.h"
#include "base/async/task.h"
#include "base/result.h"
#include "store/db.h"

namespace tandem::audit {

class AuditLog {
 public:
  // `db` outlives the log; audit's migrations are applied.
  explicit AuditLog(store::Db& db) : db_(db) {}
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Returns after the commit. Events that wait together share one.
  Task<Result<void>> append(Event event);
  // Blocking, for background threads, start-up and tests.
  Result<void> append_now(Event event);
  // Inside a write job of the same database: the event and what it tells of are committed together,
  // or neither is.
  static Result<StoredEvent> append_in(store::Connection& connection, Event event);

  Task<Result<EventPage>> list(EventQuery query);
  Result<EventPage> list_now(const EventQuery& query);

  // Reads event by event, a page per transaction, so that a long log blocks nobody.
  Task<Result<Verification>> verify(VerifyRange range);
  Result<Verification> verify_now(VerifyRange range);

 private:
  store::Db& db_;
};

}  // namespace tandem::audit
