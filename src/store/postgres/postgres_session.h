// PostgresSession: one libpq connection with its prepared statements. One thread at a time; a lost
// connection is opened again when the next transaction begins.
#pragma once

#include <memory>
#include <string>

#include "store/session.h"

namespace tandem::store {

Result<std::unique_ptr<Session>> open_postgres_session(const std::string& conninfo, SessionUse use,
                                                       const PostgresOptions& options);

}  // namespace tandem::store
