// SqliteSession: one SQLite connection in WAL mode, with its statement cache. One thread at a time.
#pragma once

#include <memory>
#include <string>

#include "store/session.h"

namespace tandem::store {

Result<std::unique_ptr<Session>> open_sqlite_session(const std::string& path, SessionUse use,
                                                     const SqliteOptions& options);

}  // namespace tandem::store
