// Opening a libpq connection the way that Tandem uses it: UTF-8, UTC, timeouts, notices to the log.
// Any thread; the connection then belongs to one.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/db.h"

struct pg_conn;    // libpq's PGconn
struct pg_result;  // libpq's PGresult

namespace tandem::store {

struct CloseConnection {
  void operator()(pg_conn* connection) const;
};
struct ClearResult {
  void operator()(pg_result* result) const;
};
using PostgresConnection = std::unique_ptr<pg_conn, CloseConnection>;
using PostgresResult = std::unique_ptr<pg_result, ClearResult>;

Result<PostgresConnection> connect_postgres(const std::string& conninfo,
                                            const PostgresOptions& options);

// "PostgreSQL at db.example:5432, database tandem", without user and password.
Result<std::string> describe_server(const std::string& conninfo);

}  // namespace tandem::store
