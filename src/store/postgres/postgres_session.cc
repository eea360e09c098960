#include "store/postgres/postgres_session.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <thread>

#include "base/log.h"
#include "store/dialect.h"
#include "store/errors.h"
#include "store/postgres/bound_params.h"
#include "store/postgres/connect.h"
#include "store/postgres/postgres_errors.h"
#include "store/postgres/postgres_row.h"
#include "store/postgres/reconnect.h"
#include "store/statement_cache.h"

namespace tandem::store {
namespace {

constexpr size_t kCachedStatements = 256;

class PostgresSession final : public Session {
 public:
  PostgresSession(std::string conninfo, std::string server, SessionUse use,
                  const PostgresOptions& options)
      : conninfo_(std::move(conninfo)), server_(std::move(server)), use_(use), options_(options) {}

  Result<void> connect();

  Result<void> begin() override;
  Result<void> commit() override;
  void rollback() override {
    if (in_transaction()) (void)execute("rollback", "ROLLBACK");
  }
  Result<void> savepoint(bool release_previous) override {
    return execute("savepoint",
                   release_previous ? "RELEASE SAVEPOINT job;SAVEPOINT job" : "SAVEPOINT job");
  }
  Result<void> rollback_to_savepoint() override {
    return execute("rollback_to", "ROLLBACK TO SAVEPOINT job");
  }
  bool in_transaction() const override {
    const PGTransactionStatusType status = PQtransactionStatus(connection_.get());
    return !lost() && (status == PQTRANS_INTRANS || status == PQTRANS_INERROR);
  }

  Result<int64_t> run(const Statement& statement, std::span<const Param> params) override;
  Result<void> query(const Statement& statement, std::span<const Param> params,
                     const EachRow& each) override;
  Result<void> script(const Statement& statement) override {
    return execute(statement.name, std::string(statement.sql).c_str());
  }

  uint64_t reconnects() const override { return reconnects_.load(std::memory_order_relaxed); }

 private:
  bool lost() const { return lost_ || PQstatus(connection_.get()) != CONNECTION_OK; }
  Result<void> ensure_connected();
  Result<void> execute(std::string_view name, const char* sql);
  Result<PostgresResult> execute_prepared(const Statement& statement,
                                          std::span<const Param> params);
  Result<std::string> prepare(const Statement& statement, const BoundParams& params);
  Result<void> check(const PostgresResult& result, std::string_view statement);

  const std::string conninfo_;
  const std::string server_;
  const SessionUse use_;
  const PostgresOptions options_;
  PostgresConnection connection_;
  bool lost_ = false;  // the server said that it ends the connection
  Reconnect reconnect_;
  Error outage_;
  StatementCache<std::string> cache_{kCachedStatements};  // types and SQL → name on the server
  uint64_t next_name_ = 0;
  std::atomic<uint64_t> reconnects_{0};
};

Result<void> PostgresSession::connect() {
  cache_.clear([](std::string&) {});
  connection_.reset();
  TRY(connection_, connect_postgres(conninfo_, options_));
  lost_ = false;
  return {};
}

Result<void> PostgresSession::ensure_connected() {
  if (!lost()) return {};
  const SteadyUs started_us = steady_now_us();
  const SteadyUs give_up_us =
      reconnect_.in_outage() ? started_us : started_us + options_.reconnect_wait_ms * 1000;
  for (SteadyUs now_us = started_us;; now_us = steady_now_us()) {
    if (reconnect_.due_us() > now_us) {
      if (reconnect_.due_us() > give_up_us) return fail(outage_);
      std::this_thread::sleep_for(std::chrono::microseconds(reconnect_.due_us() - now_us));
    }
    Result<void> connected = connect();
    if (connected) {
      log::info("store", "connected to {} again", server_);
      reconnects_.fetch_add(1, std::memory_order_relaxed);
      reconnect_.succeeded();
      return {};
    }
    if (!reconnect_.in_outage()) log::warn("store", "{}", connected.error().describe());
    outage_ = std::move(connected).error();
    reconnect_.failed(steady_now_us());
  }
}

// A connection that died while it was idle shows only now; nothing ran in it, so the job may have a
// new one.
Result<void> PostgresSession::begin() {
  const char* sql = use_ == SessionUse::Write ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
                                              : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  TRY_VOID(ensure_connected());
  Result<void> begun = execute("begin", sql);
  if (begun || !lost()) return begun;
  TRY_VOID(ensure_connected());
  return execute("begin", sql);
}

Result<void> PostgresSession::commit() {
  const PostgresResult result(PQexec(connection_.get(), "COMMIT"));
  Result<void> committed = check(result, "commit");
  if (!committed && lost()) {
    return fail(errors::commit_unknown(server_, one_line(PQerrorMessage(connection_.get()))));
  }
  // COMMIT of a failed transaction is a ROLLBACK, and not an error to the server.
  if (committed && std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    return fail(errors::statement_wrong("commit", "the transaction had failed"));
  }
  return committed;
}

Result<void> PostgresSession::execute(std::string_view name, const char* sql) {
  return check(PostgresResult(PQexec(connection_.get(), sql)), name);
}

Result<void> PostgresSession::check(const PostgresResult& result, std::string_view statement) {
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      return {};
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      lost_ = true;  // the protocol is in a state that we do not serve
      return fail(errors::statement_wrong(statement, "COPY is not supported"));
    default:
      break;
  }
  auto field = [&](int code) -> std::string {
    const char* text = result != nullptr ? PQresultErrorField(result.get(), code) : nullptr;
    return text != nullptr ? text : "";
  };
  const std::string sqlstate = field(PG_DIAG_SQLSTATE);
  std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = one_line(PQerrorMessage(connection_.get()));
  if (ends_connection(sqlstate)) lost_ = true;
  // The plan or the statement is stale: prepare everything anew.
  if (sqlstate == "0A000" || sqlstate == "26000") cache_.clear([](std::string&) {});
  return fail(postgres_error({.sqlstate = sqlstate,
                              .message = message,
                              .server = server_,
                              .statement = statement,
                              .use = use_}));
}

Result<std::string> PostgresSession::prepare(const Statement& statement,
                                             const BoundParams& params) {
  std::string key(params.signature());
  key += '\n';
  key += statement.sql;
  if (const std::string* name = cache_.find(key)) return *name;
  const std::string name = fmt::format("s{}", ++next_name_);
  const std::string sql = to_dollar_placeholders(statement.sql);
  const PostgresResult prepared(
      PQprepare(connection_.get(), name.c_str(), sql.c_str(), params.count(), params.types()));
  TRY_VOID(check(prepared, statement.name));
  std::string dropped;
  cache_.make_room([&](const std::string& old) {
    dropped += fmt::format("DEALLOCATE {};", old);
    return true;
  });
  cache_.add(key, name);
  if (!dropped.empty()) TRY_VOID(execute("deallocate", dropped.c_str()));
  return name;
}

Result<PostgresResult> PostgresSession::execute_prepared(const Statement& statement,
                                                         std::span<const Param> params) {
  const BoundParams bound(params);
  TRY(const std::string name, prepare(statement, bound));
  constexpr int kTextResult = 0;
  PostgresResult result(PQexecPrepared(connection_.get(), name.c_str(), bound.count(),
                                       bound.values(), bound.lengths(), bound.formats(),
                                       kTextResult));
  TRY_VOID(check(result, statement.name));
  return result;
}

Result<int64_t> PostgresSession::run(const Statement& statement, std::span<const Param> params) {
  TRY(PostgresResult result, execute_prepared(statement, params));
  // A SELECT counts its rows too; only changes are of interest.
  if (std::string_view(PQcmdStatus(result.get())).starts_with("SELECT")) return 0;
  const std::string_view digits = PQcmdTuples(result.get());
  int64_t rows = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), rows);
  return rows;
}

Result<void> PostgresSession::query(const Statement& statement, std::span<const Param> params,
                                    const EachRow& each) {
  TRY(const PostgresResult result, execute_prepared(statement, params));
  PostgresRow row(result.get());
  const int rows = PQntuples(result.get());
  for (int i = 0; i < rows; ++i) {
    row.move_to(i);
    if (!each(row)) return {};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> open_postgres_session(const std::string& conninfo, SessionUse use,
                                                       const PostgresOptions& options) {
  TRY(std::string server, describe_server(conninfo));
  auto session = std::make_unique<PostgresSession>(conninfo, std::move(server), use, options);
  TRY_VOID(session->connect());
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace tandem::store
