// Db: the relational store, the same for SQLite and PostgreSQL. The composition root opens it and
// owns it; any thread may call it. Writes run on one writer thread and share commits, reads run in
// snapshots on a small pool of reader threads; no SQL ever runs on an io thread.
//   CO_TRY(int64_t rows, co_await db.write([&](Connection& c) { return c.run(kKeysRevoke, {id});
//   })); TRY(auto names, db.read_now([&](Connection& c) { return c.list(kKeysList, {project},
//   name_of); }));
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/async/task.h"
#include "base/result.h"

namespace tandem::store {

enum class Dialect : uint8_t { Sqlite, Postgres };

// A named piece of SQL. The name stands in errors and logs. Parameters are `?` in both dialects.
// Where PostgreSQL cannot infer a type (`? IS NULL`), write CAST(? AS TEXT).
struct Statement {
  std::string_view name;
  std::string_view sql;
};

// A bound value; views must stay valid during the call. Text must be UTF-8 without NUL bytes on
// both drivers (else InvalidArgument): bytes of unknown origin go into a blob.
using Param =
    std::variant<std::monostate, int64_t, double, std::string_view, std::span<const uint8_t>>;

inline constexpr std::monostate kNull{};

template <class T>
Param or_null(const std::optional<T>& value) {
  return value ? Param(*value) : Param(kNull);
}

// One row of an answer; views are valid until the callback returns. Columns count from 0. A value
// of another type is converted as SQLite does (text "12" reads as 12, null as 0 or empty).
class Row {
 public:
  virtual ~Row() = default;
  virtual int columns() const = 0;
  virtual bool is_null(int column) const = 0;
  virtual int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual std::span<const uint8_t> blob(int column) const = 0;

  std::string str(int column) const { return std::string(text(column)); }
};

using EachRow = std::function<bool(const Row&)>;  // false stops

// What a job gets: one transaction, on one thread, valid until the job returns.
// A unique key that exists is AlreadyExists, another broken constraint InvalidArgument, a full or
// broken disk or a lost server StorageFailed. After a failed statement the transaction is dead on
// both drivers: every later call returns the same error and the job is rolled back.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Dialect dialect() const = 0;
  // Returns the number of rows inserted, changed or deleted.
  virtual Result<int64_t> run(const Statement& statement, std::span<const Param> params) = 0;
  // On PostgreSQL the whole answer is fetched before `each` sees its first row: page with LIMIT.
  virtual Result<void> query(const Statement& statement, std::span<const Param> params,
                             const EachRow& each) = 0;
  // Several statements separated by `;`, without parameters, in the dialect of the driver.
  virtual Result<void> script(const Statement& statement) = 0;

  Result<int64_t> run(const Statement& statement, std::initializer_list<Param> params = {}) {
    return run(statement, std::span<const Param>(params.begin(), params.size()));
  }
  Result<void> query(const Statement& statement, std::initializer_list<Param> params,
                     const EachRow& each) {
    return query(statement, std::span<const Param>(params.begin(), params.size()), each);
  }
  // The first row through `map`, or nullopt.
  template <class F>
  auto find(const Statement& statement, std::initializer_list<Param> params, F map)
      -> Result<std::optional<std::invoke_result_t<F&, const Row&>>> {
    std::optional<std::invoke_result_t<F&, const Row&>> found;
    TRY_VOID(query(statement, params, [&](const Row& row) {
      found = map(row);
      return false;
    }));
    return found;
  }
  // Every row through `map`.
  template <class F>
  auto list(const Statement& statement, std::initializer_list<Param> params, F map)
      -> Result<std::vector<std::invoke_result_t<F&, const Row&>>> {
    std::vector<std::invoke_result_t<F&, const Row&>> rows;
    TRY_VOID(query(statement, params, [&](const Row& row) {
      rows.push_back(map(row));
      return true;
    }));
    return rows;
  }
};

// Counters since opening; for /metrics.
struct DbStats {
  uint64_t writes = 0;   // write jobs that were run
  uint64_t commits = 0;  // transactions that carried them
  uint64_t reads = 0;
  uint64_t failed_jobs = 0;  // returned an error, writes and reads
  uint64_t refused = 0;      // turned away by a full queue
  uint64_t reconnects = 0;   // PostgreSQL sessions that were opened again
  size_t queued_writes = 0;  // waiting now
  size_t queued_reads = 0;
};

template <class F>
concept DbJob = std::invocable<F&, Connection&> && requires(F& job, Connection& connection) {
  { job(connection).error() };
};

class Db {
 public:
  template <class T>
  using Job = std::function<Result<T>(Connection&)>;

  virtual ~Db() = default;  // runs what is queued, then closes
  virtual Dialect dialect() const = 0;
  virtual DbStats stats() const = 0;

  // Runs `job` in a transaction on the writer thread; returns after the commit, on the caller's io
  // thread. Jobs that wait together share one commit, each inside a savepoint: one that returns an
  // error is rolled back alone. Overloaded where the queue is full. A job runs once, never again.
  // The caller's frame stays alive meanwhile, so `job` may capture by reference.
  template <class T>
  Task<Result<T>> write(Job<T> job) {
    return awaited<T>(Access::Write, std::move(job));
  }
  // The same on a reader thread: one snapshot for the whole job, which cannot write.
  template <class T>
  Task<Result<T>> read(Job<T> job) {
    return awaited<T>(Access::Read, std::move(job));
  }
  // Blocking forms, for start-up, background threads and tests; never on an io thread and never
  // inside a job (an Internal error).
  template <class T>
  Result<T> write_now(Job<T> job) {
    return blocking<T>(Access::Write, std::move(job));
  }
  template <class T>
  Result<T> read_now(Job<T> job) {
    return blocking<T>(Access::Read, std::move(job));
  }

  // The same with T taken from a lambda's own return type.
  template <DbJob F>
  auto write(F job) {
    return write<Value<F>>(Job<Value<F>>(std::move(job)));
  }
  template <DbJob F>
  auto read(F job) {
    return read<Value<F>>(Job<Value<F>>(std::move(job)));
  }
  template <DbJob F>
  auto write_now(F job) {
    return write_now<Value<F>>(Job<Value<F>>(std::move(job)));
  }
  template <DbJob F>
  auto read_now(F job) {
    return read_now<Value<F>>(Job<Value<F>>(std::move(job)));
  }

 protected:
  enum class Access : uint8_t { Read, Write };
  using Body = std::function<Result<void>(Connection&)>;
  using Done = std::function<void(Result<void>)>;

  // Queues `body`; `done` is called once, on a database thread, with the outcome of the commit.
  // Where this returns an error, nothing was queued and `done` is never called.
  virtual Result<void> submit(Access access, Body body, Done done) = 0;

 private:
  template <class F>
  using Value = typename std::invoke_result_t<F&, Connection&>::value_type;

  Task<Result<void>> await_job(Access access, Body body);
  Result<void> block_on_job(Access access, Body body);

  template <class T>
  static Body into(Result<T>& answer, Job<T>& job) {
    return [&answer, &job](Connection& connection) -> Result<void> {
      answer = job(connection);
      if (!answer) return fail(answer.error());
      return {};
    };
  }
  template <class T>
  Task<Result<T>> awaited(Access access, Job<T> job) {
    Result<T> answer = fail(Error());
    Body body = into(answer, job);
    Result<void> done = co_await await_job(access, std::move(body));
    if (!done) co_return fail(std::move(done).error());
    co_return answer;
  }
  template <class T>
  Result<T> blocking(Access access, Job<T> job) {
    Result<T> answer = fail(Error());
    TRY_VOID(block_on_job(access, into(answer, job)));
    return answer;
  }
};

// How sure a commit of SQLite is against a power cut (a crash of the process loses nothing in any).
enum class Synchronous : uint8_t {
  Normal,  // the newest commits may be lost, the database stays whole
  Full,    // every commit waits for the disk
};

struct SqliteOptions {
  Synchronous synchronous = Synchronous::Normal;
  size_t readers = 2;
  size_t max_queued_writes = 4096;
  size_t max_queued_reads = 4096;
  int busy_timeout_ms = 5000;     // how long another process may hold the lock
  int64_t cache_kib = 16 * 1024;  // page cache of each connection
  int page_bytes = 4096;          // of a new file, a power of two; an old one keeps its own
};

struct PostgresOptions {
  size_t readers = 4;
  size_t max_queued_writes = 4096;
  size_t max_queued_reads = 4096;
  int connect_timeout_s = 5;
  int statement_timeout_ms = 30'000;  // 0: none
  // How long a job waits for a lost server before it fails; while the server stays away, later jobs
  // fail at once until the next attempt is due.
  int reconnect_wait_ms = 2000;
  std::string schema;  // search_path; empty: the server's default
};

// `path`: a file, created with mode 0600 where it does not exist; its folder must exist.
Result<std::unique_ptr<Db>> open_sqlite(const std::string& path, SqliteOptions options = {});
// `conninfo`: a libpq connection string or URI. Its password never appears in errors or logs.
Result<std::unique_ptr<Db>> open_postgres(const std::string& conninfo,
                                          PostgresOptions options = {});

}  // namespace tandem::store
