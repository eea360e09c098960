#include "store/sqlite/sqlite_errors.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>

#include "store/errors.h"

namespace tandem::store {
namespace {

Error constraint_error(const SqliteFailure& failure) {
  switch (failure.code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return errors::row_exists(failure.statement, failure.message);
    default:
      return errors::constraint_broken(failure.statement, failure.message);
  }
}

Error io_error(const SqliteFailure& failure, std::string_view store) {
  if (failure.code == SQLITE_IOERR_NOMEM) return errors::out_of_memory(store);
  if (failure.system_error != 0) {
    return errors::file_failed(store, "be read or written", failure.system_error);
  }
  return errors::input_output(store, fmt::format("{}, code {}", failure.message, failure.code));
}

}  // namespace

Error sqlite_error(const SqliteFailure& failure) {
  const std::string store = fmt::format("The database {}", failure.path);
  switch (failure.code & 0xff) {
    case SQLITE_CONSTRAINT:
      return constraint_error(failure);
    case SQLITE_FULL:
      return errors::disk_full(store);
    case SQLITE_READONLY:
      if (failure.use == SessionUse::Read) return errors::write_in_read(failure.statement);
      return errors::read_only(store, failure.code == SQLITE_READONLY_DBMOVED
                                          ? "the file was moved or deleted"
                                          : failure.message);
    case SQLITE_IOERR:
      return io_error(failure, store);
    case SQLITE_CORRUPT:
      return errors::damaged(store, failure.message);
    case SQLITE_NOTADB:
      return errors::not_a_database(store);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return errors::cannot_open(store, failure.system_error != 0
                                            ? std::string_view(strerror(failure.system_error))
                                            : failure.message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return errors::busy(store, failure.busy_timeout_ms);
    case SQLITE_NOMEM:
      return errors::out_of_memory(store);
    case SQLITE_TOOBIG:
      return errors::value_too_large(failure.statement);
    default:
      return errors::statement_wrong(failure.statement, failure.message);
  }
}

}  // namespace tandem::store
