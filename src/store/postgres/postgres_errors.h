// What an SQLSTATE of PostgreSQL means to a reader of the log. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error/error.h"
#include "store/session.h"

namespace tandem::store {

struct PostgresFailure {
  std::string_view sqlstate;  // five characters; empty where the connection is gone
  std::string_view message;   // the primary message, one line; the detail may hold user data
  std::string_view server;    // "PostgreSQL at <host>, database <name>"
  std::string_view statement;
  SessionUse use = SessionUse::Write;
};

Error postgres_error(const PostgresFailure& failure);

// True for states after which the server ends the connection (class 08, shutdown).
bool ends_connection(std::string_view sqlstate);

// A message of libpq on one line, without its last full stop.
std::string one_line(std::string_view message);

}  // namespace tandem::store
