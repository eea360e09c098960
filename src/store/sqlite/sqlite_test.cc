// What only SQLite does: its files, and what a full, read-only, broken or locked one is told as.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "store/sqlite/sqlite_errors.h"
#include "store/testing/test_db.h"

namespace tandem::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TempFolder;

constexpr Statement kFill{"notes_fill", "INSERT INTO notes (text) VALUES (?)"};

class SqliteTest : public ::testing::Test {
 protected:
  SqliteTest() {
    open();
    auto created = db_->write_now([](Connection& c) {
      return c.script({"create", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"});
    });
    EXPECT_TRUE(created);
  }
  std::string path() const { return folder_ / "test.db"; }
  void open() {
    auto opened = open_sqlite(path(), {.busy_timeout_ms = 0});
    ASSERT_TRUE(opened) << opened.error().describe();
    db_ = *std::move(opened);
  }
  Result<int64_t> write(std::string_view text) {
    return db_->write_now([&](Connection& c) { return c.run(kFill, {text}); });
  }
  std::string pragma(std::string_view name, bool of_reader) {
    const std::string sql = "PRAGMA " + std::string(name);
    auto ask = [&](Connection& c) {
      return c.find({"pragma", sql}, {}, [](const Row& row) { return row.str(0); });
    };
    auto value = of_reader ? db_->read_now(ask) : db_->write_now(ask);
    return value && *value ? **value : "?";
  }

  TempFolder folder_;
  std::unique_ptr<Db> db_;
};

TEST_F(SqliteTest, ItsFilesArePrivateAndItsSettingsStand) {
  ASSERT_TRUE(write("a"));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status;
    ASSERT_EQ(::stat((path() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
  EXPECT_EQ(pragma("journal_mode", false), "wal");
  EXPECT_EQ(pragma("synchronous", false), "1");
  EXPECT_EQ(pragma("foreign_keys", false), "1");
  EXPECT_EQ(pragma("query_only", true), "1");
  EXPECT_EQ(pragma("query_only", false), "0");
}

TEST_F(SqliteTest, SynchronousFullIsAnOption) {
  db_ = *open_sqlite(path(), {.synchronous = Synchronous::Full});
  EXPECT_EQ(pragma("synchronous", false), "2");
}

TEST_F(SqliteTest, AFullDiskIsSaidAndPassesByItself) {
  ASSERT_TRUE(db_->write_now([](Connection& c) {
    return c.script({"limit", "PRAGMA max_page_count=12"});
  }));
  const std::string page(20'000, 'x');
  auto full = write(page);
  while (full) full = write(page);
  EXPECT_EQ(full.error().code, Code::StorageFailed);
  EXPECT_THAT(full.error().message, AllOf(HasSubstr(path()), HasSubstr("disk is full")));
  EXPECT_THAT(full.error().hint, HasSubstr("Free space"));
  EXPECT_EQ(full.error().retry_after_s, 1);
  ASSERT_TRUE(db_->write_now([](Connection& c) {
    return c.script({"limit", "PRAGMA max_page_count=1000"});
  }));
  EXPECT_TRUE(write(page));
}

TEST_F(SqliteTest, AFileThatMayNotGrowIsSaidWithTheReason) {
  // Stands for every failing write(2); the signal that comes with this one is ignored by servers.
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 300'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const std::string page(20'000, 'x');
  auto failed = write(page);
  while (failed) failed = write(page);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(failed.error().code, Code::StorageFailed);
  EXPECT_THAT(failed.error().message, AllOf(HasSubstr(path()), HasSubstr("File too large")));
  EXPECT_THAT(failed.error().hint, HasSubstr("ulimit"));
  EXPECT_TRUE(write(page)) << "and writing goes on";
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsSaid) {
  const std::string other = folder_ / "other.db";
  std::ofstream(other) << std::string(8192, '#');
  auto opened = open_sqlite(other);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::StorageFailed);
  EXPECT_THAT(opened.error().message, AllOf(HasSubstr(other), HasSubstr("not a SQLite database")));
}

TEST_F(SqliteTest, DamageIsSaidWithWhatToDo) {
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(write(std::string(1000, 'a')));
  db_.reset();
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(40'000, '\xee');
  }
  auto opened = open_sqlite(path());
  Result<void> read = opened ? (*opened)->read_now([](Connection& c) {
    return c.query({"read", "SELECT id, text FROM notes"}, {}, [](const Row&) { return true; });
  })
                             : fail(opened.error());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::StorageFailed);
  EXPECT_THAT(read.error().message, AllOf(HasSubstr(path()), HasSubstr("damaged")));
  EXPECT_THAT(read.error().hint, HasSubstr("backup"));
}

TEST_F(SqliteTest, AMissingFolderIsSaid) {
  auto opened = open_sqlite(folder_ / "nowhere/test.db");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::StorageFailed);
  EXPECT_THAT(opened.error().message, HasSubstr("nowhere/test.db"));
}

TEST_F(SqliteTest, ALockOfAnotherProcessIsSaidAfterTheWait) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  auto locked = write("a");
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, Code::StorageFailed);
  EXPECT_THAT(locked.error().message, HasSubstr("locked by another process"));
  EXPECT_EQ(pragma("user_version", true), "0") << "readers go on";
  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  EXPECT_TRUE(write("a"));
  sqlite3_close(other);
}

TEST_F(SqliteTest, FullTextSearchWorksThroughTriggers) {
  auto done = db_->write_now([](Connection& c) -> Result<int64_t> {
    TRY_VOID(c.script({"fts",
                       "CREATE VIRTUAL TABLE notes_fts USING fts5(text, content='notes', "
                       "content_rowid='id');"
                       "CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN INSERT INTO "
                       "notes_fts(rowid, text) VALUES (new.id, new.text); END;"}));
    TRY_VOID(c.run(kFill, {"the quick brown fox"}));
    TRY(auto found, c.find({"match", "SELECT COUNT(*) FROM notes_fts WHERE notes_fts MATCH ?"},
                           {"brown"}, [](const Row& row) { return row.integer(0); }));
    return *found;
  });
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_EQ(*done, 1);
}

TEST(SqliteErrors, TheSystemErrorBehindAFailedCallIsNamed) {
  const Error error = sqlite_error({.code = SQLITE_IOERR_WRITE,
                                    .message = "disk I/O error",
                                    .path = "/data/tandem.db",
                                    .statement = "keys_insert",
                                    .system_error = EROFS});
  EXPECT_EQ(error.code, Code::StorageFailed);
  EXPECT_EQ(error.message,
            "The database /data/tandem.db cannot be read or written: Read-only file system.");
  EXPECT_THAT(error.hint, HasSubstr("read-only"));
}

TEST(SqliteErrors, AReadOnlyFileIsSaidWithTheReason) {
  const Error moved = sqlite_error({.code = SQLITE_READONLY_DBMOVED, .path = "/data/tandem.db"});
  EXPECT_THAT(moved.message, AllOf(HasSubstr("/data/tandem.db"), HasSubstr("moved or deleted")));
  const Error read_only = sqlite_error({.code = SQLITE_READONLY,
                                        .message = "attempt to write a readonly database",
                                        .path = "/data/tandem.db"});
  EXPECT_THAT(read_only.message, HasSubstr("read-only"));
  EXPECT_THAT(read_only.hint, HasSubstr("writable"));
}

TEST(SqliteErrors, EveryCodeOfTheStorageFamilyIsStorageFailed) {
  for (int code : {SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR_READ, SQLITE_CORRUPT, SQLITE_NOTADB,
                   SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL, SQLITE_NOMEM}) {
    const Error error = sqlite_error({.code = code, .message = "m", .path = "/data/tandem.db"});
    EXPECT_EQ(error.code, Code::StorageFailed) << code;
    EXPECT_THAT(error.message, HasSubstr("/data/tandem.db")) << code;
    EXPECT_FALSE(error.hint.empty()) << code;
  }
}

}  // namespace
}  // namespace tandem::store
