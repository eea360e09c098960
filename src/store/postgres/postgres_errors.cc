#include "store/postgres/postgres_errors.h"

#include "store/errors.h"

namespace tandem::store {
namespace {

bool in_class(std::string_view sqlstate, std::string_view prefix) {
  return sqlstate.substr(0, 2) == prefix;
}

}  // namespace

bool ends_connection(std::string_view sqlstate) {
  if (sqlstate == "08P01") return false;  // also: a wrong number of parameters
  return sqlstate.empty() || in_class(sqlstate, "08") || sqlstate == "57P01" ||
         sqlstate == "57P02" || sqlstate == "57P03" || sqlstate == "57P05" || sqlstate == "25P03";
}

// https://www.postgresql.org/docs/15/errcodes-appendix.html
Error postgres_error(const PostgresFailure& failure) {
  const std::string_view state = failure.sqlstate;
  if (ends_connection(state)) return errors::connection_lost(failure.server, failure.message);
  if (state == "23505") return errors::row_exists(failure.statement, failure.message);
  if (in_class(state, "23") || in_class(state, "22")) {
    return errors::constraint_broken(failure.statement, failure.message);
  }
  if (state == "25006") {
    if (failure.use == SessionUse::Read) return errors::write_in_read(failure.statement);
    return errors::read_only(failure.server, failure.message);
  }
  if (state == "53100") return errors::disk_full(failure.server);
  if (in_class(state, "53")) return errors::server_busy(failure.server, failure.message);
  if (state == "54000") return errors::value_too_large(failure.statement);
  if (state == "57014") return errors::timed_out(failure.server, failure.statement);
  if (in_class(state, "40") || state == "55P03") {
    return errors::conflict(failure.statement, failure.message);
  }
  if (in_class(state, "58")) return errors::input_output(failure.server, failure.message);
  if (state == "XX001" || state == "XX002") {
    return errors::damaged(failure.server, failure.message);
  }
  return errors::statement_wrong(failure.statement, failure.message);
}

std::string one_line(std::string_view message) {
  std::string line;
  for (char c : message) {
    if (c == '\n' || c == '\t') c = ' ';
    if (c == ' ' && (line.empty() || line.back() == ' ')) continue;
    line += c;
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

}  // namespace tandem::store
