#include "store/sqlite/sqlite_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "store/errors.h"
#include "store/sqlite/sqlite_errors.h"
#include "store/statement_cache.h"

namespace tandem::store {
namespace {

constexpr size_t kCachedStatements = 256;
constexpr int64_t kWalSizeLimitBytes = int64_t{64} * 1024 * 1024;

constexpr Statement kBeginRead{"begin", "BEGIN"};
// The write lock at once: a transaction that reads first and wants to write later can fail then.
constexpr Statement kBeginWrite{"begin", "BEGIN IMMEDIATE"};
constexpr Statement kCommit{"commit", "COMMIT"};
constexpr Statement kRollback{"rollback", "ROLLBACK"};
constexpr Statement kSavepoint{"savepoint", "SAVEPOINT job"};
constexpr Statement kRelease{"release", "RELEASE job"};
constexpr Statement kRollbackTo{"rollback_to", "ROLLBACK TO job"};

struct CachedStatement {
  sqlite3_stmt* handle = nullptr;
  bool in_use = false;
};

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* handle) : handle_(handle) {}
  int columns() const override { return sqlite3_data_count(handle_); }
  bool is_null(int column) const override {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
  }
  int64_t integer(int column) const override { return sqlite3_column_int64(handle_, column); }
  double real(int column) const override { return sqlite3_column_double(handle_, column); }
  std::string_view text(int column) const override {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (text == nullptr) return {};
    return {text, static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
  }
  std::span<const uint8_t> blob(int column) const override {
    const auto* bytes = static_cast<const uint8_t*>(sqlite3_column_blob(handle_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
  }

 private:
  sqlite3_stmt* handle_;
};

class SqliteSession final : public Session {
 public:
  SqliteSession(std::string path, SessionUse use, const SqliteOptions& options)
      : path_(std::move(path)), use_(use), options_(options) {}
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;
  ~SqliteSession() override;

  Result<void> open();

  Result<void> begin() override {
    return execute(use_ == SessionUse::Write ? kBeginWrite : kBeginRead);
  }
  Result<void> commit() override { return execute(kCommit); }
  void rollback() override {
    if (in_transaction()) (void)execute(kRollback);
  }
  Result<void> savepoint(bool release_previous) override {
    if (release_previous) TRY_VOID(execute(kRelease));
    return execute(kSavepoint);
  }
  Result<void> rollback_to_savepoint() override { return execute(kRollbackTo); }
  bool in_transaction() const override { return sqlite3_get_autocommit(db_) == 0; }

  Result<int64_t> run(const Statement& statement, std::span<const Param> params) override;
  Result<void> query(const Statement& statement, std::span<const Param> params,
                     const EachRow& each) override;
  Result<void> script(const Statement& statement) override;

 private:
  // A prepared statement while it runs: from the cache, or its own where the cached one is running
  // already (a query inside the rows of the same query).
  class Use {
   public:
    Use(CachedStatement* cached, sqlite3_stmt* handle) : cached_(cached), handle_(handle) {
      if (cached_ != nullptr) cached_->in_use = true;
    }
    Use(Use&& other) noexcept
        : cached_(std::exchange(other.cached_, nullptr)),
          handle_(std::exchange(other.handle_, nullptr)) {}
    Use& operator=(Use&&) = delete;
    ~Use() {
      if (handle_ == nullptr) return;
      if (cached_ == nullptr) {
        sqlite3_finalize(handle_);
        return;
      }
      sqlite3_reset(handle_);
      sqlite3_clear_bindings(handle_);
      cached_->in_use = false;
    }
    sqlite3_stmt* handle() const { return handle_; }

   private:
    CachedStatement* cached_;  // its list node stays while it is in use
    sqlite3_stmt* handle_;
  };

  Result<void> configure();
  int step(sqlite3_stmt* handle);
  int failed_call_errno(int code) const;
  Result<Use> prepare(const Statement& statement, std::span<const Param> params);
  int bind(sqlite3_stmt* handle, int index, const Param& param);
  Result<void> execute(const Statement& statement) {
    TRY_VOID(run(statement, {}));
    return {};
  }
  Failure failure(int code, std::string_view statement) const;

  const std::string path_;
  const SessionUse use_;
  const SqliteOptions options_;
  sqlite3* db_ = nullptr;
  int step_errno_ = 0;
  StatementCache<CachedStatement> cache_{kCachedStatements};
};

SqliteSession::~SqliteSession() {
  cache_.clear([](CachedStatement& cached) { sqlite3_finalize(cached.handle); });
  if (db_ != nullptr && use_ == SessionUse::Write) {
    // Keeps the planner's statistics fresh; cheap, and best effort.
    sqlite3_exec(db_, "PRAGMA optimize", nullptr, nullptr, nullptr);
  }
  sqlite3_close(db_);
}

int SqliteSession::step(sqlite3_stmt* handle) {
  errno = 0;
  const int code = sqlite3_step(handle);
  step_errno_ = errno;
  return code;
}

// The errno behind an I/O error. SQLite does not keep that of a failed commit; what its last system
// call left is taken where it is one that says why a file cannot be written.
int SqliteSession::failed_call_errno(int code) const {
  const int main_code = code & 0xff;
  if ((main_code != SQLITE_IOERR && main_code != SQLITE_CANTOPEN) || db_ == nullptr) return 0;
  if (int known = sqlite3_system_errno(db_); known != 0) return known;
  switch (step_errno_) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EROFS:
    case EIO:
      return step_errno_;
    default:
      return 0;
  }
}

Failure SqliteSession::failure(int code, std::string_view statement) const {
  return fail(sqlite_error({
      .code = code,
      .message = db_ != nullptr ? sqlite3_errmsg(db_) : sqlite3_errstr(code),
      .path = path_,
      .statement = statement,
      .use = use_,
      .busy_timeout_ms = options_.busy_timeout_ms,
      .system_error = failed_call_errno(code),
  }));
}

Result<void> SqliteSession::open() {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                    SQLITE_OPEN_EXRESCODE;
  if (int code = sqlite3_open_v2(path_.c_str(), &db_, flags, nullptr); code != SQLITE_OK) {
    return failure(code, "open");
  }
  sqlite3_busy_timeout(db_, options_.busy_timeout_ms);
  return configure();
}

Result<void> SqliteSession::configure() {
  // "text" in double quotes is a column, as in PostgreSQL, never silently a string.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (use_ == SessionUse::Write) {
    const std::string page_size = fmt::format("PRAGMA page_size={}", options_.page_bytes);
    TRY_VOID(script({"page_size", page_size}));
    std::string mode;
    TRY_VOID(query({"journal_mode", "PRAGMA journal_mode=WAL"}, {}, [&](const Row& row) {
      mode = row.str(0);
      return true;
    }));
    if (mode != "wal") {
      return fail(errors::cannot_open("The database " + path_,
                                      "its file system does not support a write-ahead log"));
    }
  }
  // LIKE tells cases apart, as in PostgreSQL.
  const std::string pragmas = fmt::format(
      "PRAGMA synchronous={};PRAGMA foreign_keys=ON;"
      "PRAGMA case_sensitive_like=ON;PRAGMA temp_store=MEMORY;PRAGMA cache_size=-{};"
      "PRAGMA journal_size_limit={};PRAGMA query_only={};",
      options_.synchronous == Synchronous::Full ? "FULL" : "NORMAL", options_.cache_kib,
      kWalSizeLimitBytes, use_ == SessionUse::Read ? "ON" : "OFF");
  return script({"configure", pragmas});
}

int SqliteSession::bind(sqlite3_stmt* handle, int index, const Param& param) {
  if (auto* number = std::get_if<int64_t>(&param)) {
    return sqlite3_bind_int64(handle, index, *number);
  }
  if (auto* number = std::get_if<double>(&param)) {
    return sqlite3_bind_double(handle, index, *number);
  }
  // A null pointer would bind NULL, so empty values get an address.
  if (auto* text = std::get_if<std::string_view>(&param)) {
    return sqlite3_bind_text64(handle, index, text->empty() ? "" : text->data(), text->size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  }
  if (auto* bytes = std::get_if<std::span<const uint8_t>>(&param)) {
    const void* data = bytes->empty() ? static_cast<const void*>("") : bytes->data();
    return sqlite3_bind_blob64(handle, index, data, bytes->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(handle, index);
}

Result<SqliteSession::Use> SqliteSession::prepare(const Statement& statement,
                                                  std::span<const Param> params) {
  CachedStatement* cached = cache_.find(statement.sql);
  sqlite3_stmt* handle = cached != nullptr && !cached->in_use ? cached->handle : nullptr;
  if (handle == nullptr) {
    const bool keep = cached == nullptr;
    const char* rest = nullptr;
    const int code =
        sqlite3_prepare_v3(db_, statement.sql.data(), static_cast<int>(statement.sql.size()),
                           keep ? SQLITE_PREPARE_PERSISTENT : 0, &handle, &rest);
    if (code != SQLITE_OK) return failure(code, statement.name);
    if (handle == nullptr) return fail(errors::statement_wrong(statement.name, "it is empty"));
    cached = nullptr;
    if (keep) {
      cache_.make_room([](CachedStatement& old) {
        if (old.in_use) return false;
        sqlite3_finalize(old.handle);
        return true;
      });
      cached = &cache_.add(statement.sql, {handle, false});
    }
  }
  Use use(cached, handle);
  const int expected = sqlite3_bind_parameter_count(handle);
  if (static_cast<size_t>(expected) != params.size()) {
    return fail(errors::statement_wrong(
        statement.name,
        fmt::format("it has {} parameters, {} were given", expected, params.size())));
  }
  for (int i = 0; i < expected; ++i) {
    const int code = bind(handle, i + 1, params[static_cast<size_t>(i)]);
    if (code != SQLITE_OK) return failure(code, statement.name);
  }
  return use;
}

Result<int64_t> SqliteSession::run(const Statement& statement, std::span<const Param> params) {
  TRY(Use use, prepare(statement, params));
  const int64_t before = sqlite3_total_changes64(db_);
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = step(use.handle());
  if (code != SQLITE_DONE) return failure(code, statement.name);
  // sqlite3_changes keeps the number of an earlier statement where this one changes no row.
  return sqlite3_total_changes64(db_) == before ? 0 : sqlite3_changes64(db_);
}

Result<void> SqliteSession::query(const Statement& statement, std::span<const Param> params,
                                  const EachRow& each) {
  TRY(Use use, prepare(statement, params));
  const SqliteRow row(use.handle());
  while (true) {
    const int code = step(use.handle());
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return failure(code, statement.name);
    if (!each(row)) return {};
  }
}

Result<void> SqliteSession::script(const Statement& statement) {
  const char* at = statement.sql.data();
  const char* end = at + statement.sql.size();
  while (at < end) {
    sqlite3_stmt* handle = nullptr;
    int code = sqlite3_prepare_v2(db_, at, static_cast<int>(end - at), &handle, &at);
    if (code != SQLITE_OK) return failure(code, statement.name);
    if (handle == nullptr) continue;  // a comment or white space
    code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = step(handle);
    if (code != SQLITE_DONE) {
      Failure failed = failure(code, statement.name);
      sqlite3_finalize(handle);
      return failed;
    }
    sqlite3_finalize(handle);
  }
  return {};
}

// Created by us and not by SQLite, for its mode; SQLite gives the log files the same one. Never
// opened where it exists: closing a descriptor would drop the locks of other connections.
Result<void> create_private(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) {
    ::close(file);
    return {};
  }
  if (errno == EEXIST) return {};
  return fail(errors::file_failed("The database " + path, "be created", errno));
}

// SQLite counts its memory under one mutex of the process otherwise, a dozen times per statement.
void configure_library() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)once;
}

}  // namespace

Result<std::unique_ptr<Session>> open_sqlite_session(const std::string& path, SessionUse use,
                                                     const SqliteOptions& options) {
  configure_library();
  if (use == SessionUse::Write) TRY_VOID(create_private(path));
  auto session = std::make_unique<SqliteSession>(path, use, options);
  TRY_VOID(session->open());
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace tandem::store
