// open_postgres: a GroupDb over PostgreSQL sessions.
#include "store/db.h"
#include "store/group_db.h"
#include "store/postgres/postgres_session.h"

namespace tandem::store {

Result<std::unique_ptr<Db>> open_postgres(const std::string& conninfo, PostgresOptions options) {
  const OpenSession open_session = [&](SessionUse use) {
    return open_postgres_session(conninfo, use, options);
  };
  return GroupDb::open(Dialect::Postgres, open_session,
                       {.readers = options.readers,
                        .max_queued_writes = options.max_queued_writes,
                        .max_queued_reads = options.max_queued_reads});
}

}  // namespace tandem::store
