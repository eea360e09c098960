// What a SQLite result code means to a reader of the log. Pure.
#pragma once

#include <string_view>

#include "base/error/error.h"
#include "store/session.h"

namespace tandem::store {

struct SqliteFailure {
  int code = 0;              // extended result code
  std::string_view message;  // sqlite3_errmsg
  std::string_view path;
  std::string_view statement;
  SessionUse use = SessionUse::Write;
  int busy_timeout_ms = 0;
  int system_error = 0;  // errno of the failed system call, 0 where unknown
};

Error sqlite_error(const SqliteFailure& failure);

}  // namespace tandem::store
