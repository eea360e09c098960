// open_sqlite: a GroupDb over SQLite sessions.
#include "store/db.h"
#include "store/group_db.h"
#include "store/sqlite/sqlite_session.h"

namespace tandem::store {

Result<std::unique_ptr<Db>> open_sqlite(const std::string& path, SqliteOptions options) {
  const OpenSession open_session = [&](SessionUse use) {
    return open_sqlite_session(path, use, options);
  };
  return GroupDb::open(Dialect::Sqlite, open_session,
                       {.readers = options.readers,
                        .max_queued_writes = options.max_queued_writes,
                        .max_queued_reads = options.max_queued_reads});
}

}  // namespace tandem::store
