#include "store/postgres/connect.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/log.h"
#include "store/errors.h"
#include "store/postgres/postgres_errors.h"

namespace tandem::store {
namespace {

void log_notice(void*, const char* message) {
  log::debug("store", "{}", one_line(message));
}

// Identifiers in double quotes; what PQescapeIdentifier does, without a connection's encoding.
std::string quoted_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string session_settings(const PostgresOptions& options) {
  std::string settings = fmt::format(
      "SET client_min_messages=warning;SET standard_conforming_strings=on;SET bytea_output=hex;"
      "SET TimeZone='UTC';SET statement_timeout={};",
      options.statement_timeout_ms);
  if (!options.schema.empty()) {
    settings += fmt::format("SET search_path={};", quoted_identifier(options.schema));
  }
  return settings;
}

}  // namespace

void CloseConnection::operator()(pg_conn* connection) const {
  PQfinish(connection);
}
void ClearResult::operator()(pg_result* result) const {
  PQclear(result);
}

Result<std::string> describe_server(const std::string& conninfo) {
  char* problem = nullptr;
  PQconninfoOption* options = PQconninfoParse(conninfo.c_str(), &problem);
  if (options == nullptr) {
    // The problem may quote a part of the string, and with it a password.
    PQfreemem(problem);
    return fail(Code::InvalidArgument, "The PostgreSQL connection string cannot be read.",
                "Write it as postgresql://user@host:5432/database or as "
                "\"host=… dbname=… user=…\".");
  }
  std::string host = "the default host", port = "5432", database;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "host") host = option->val;
    if (keyword == "port") port = option->val;
    if (keyword == "dbname") database = option->val;
  }
  PQconninfoFree(options);
  std::string text = fmt::format("PostgreSQL at {}:{}", host, port);
  if (!database.empty()) text += fmt::format(", database {}", database);
  return text;
}

Result<PostgresConnection> connect_postgres(const std::string& conninfo,
                                            const PostgresOptions& options) {
  TRY(const std::string server, describe_server(conninfo));
  const std::string timeout = std::to_string(options.connect_timeout_s);
  // What the user's string sets comes later and wins.
  const char* const keywords[] = {"fallback_application_name",
                                  "connect_timeout",
                                  "keepalives_idle",
                                  "tcp_user_timeout",
                                  "dbname",
                                  "client_encoding",
                                  nullptr};
  const char* const values[] = {"tandem",         timeout.c_str(), "30",   "30000",
                                conninfo.c_str(), "UTF8",          nullptr};
  constexpr int kExpandDbname = 1;
  PostgresConnection connection(PQconnectdbParams(keywords, values, kExpandDbname));
  if (connection == nullptr) return fail(errors::out_of_memory(server));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return fail(errors::server_unreachable(server, one_line(PQerrorMessage(connection.get()))));
  }
  PQsetNoticeProcessor(connection.get(), log_notice, nullptr);
  const PostgresResult set(PQexec(connection.get(), session_settings(options).c_str()));
  if (PQresultStatus(set.get()) != PGRES_COMMAND_OK) {
    return fail(errors::server_unreachable(server, one_line(PQerrorMessage(connection.get()))));
  }
  return connection;
}

}  // namespace tandem::store
