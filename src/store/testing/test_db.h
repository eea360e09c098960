// TestDb: an empty database of either kind for one test. Contract tests run on both:
//   class KeysStore : public ::testing::TestWithParam<Dialect> { TestDb db_{GetParam()}; };
//   INSTANTIATE_TEST_SUITE_P(Both, KeysStore, both_databases(), dialect_name);
// For tests only.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "store/db.h"
#include "store/testing/postgres_server.h"
#include "store/testing/temp_folder.h"

namespace tandem::store::testing {

inline auto both_databases() {
  return ::testing::Values(Dialect::Sqlite, Dialect::Postgres);
}

inline std::string dialect_name(const ::testing::TestParamInfo<Dialect>& info) {
  return info.param == Dialect::Sqlite ? "Sqlite" : "Postgres";
}

class TestDb {
 public:
  explicit TestDb(Dialect dialect) : dialect_(dialect) {
    if (dialect == Dialect::Postgres) {
      static std::atomic<int> next{0};
      schema_ = "test_" + std::to_string(++next);
      auto admin = must(open_postgres(PostgresServer::shared().conninfo(), {.readers = 1}));
      must(admin->write_now([&](Connection& connection) {
        return connection.script({"create_schema", "CREATE SCHEMA " + schema_});
      }));
    }
    db_ = open();
  }

  Db& operator*() { return *db_; }
  Db* operator->() { return db_.get(); }

  // Closes and opens again, as a restart does.
  void reopen() {
    db_.reset();
    db_ = open();
  }
  // A second handle on the same database, as another process has it.
  std::unique_ptr<Db> open() const {
    if (dialect_ == Dialect::Sqlite) return must(open_sqlite(path()));
    return must(
        open_postgres(PostgresServer::shared().conninfo(), {.readers = 2, .schema = schema_}));
  }
  std::string path() const { return folder_.path() / "test.db"; }  // SQLite's file

 private:
  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }

  const Dialect dialect_;
  TempFolder folder_;
  std::string schema_;
  std::unique_ptr<Db> db_;
};

}  // namespace tandem::store::testing
