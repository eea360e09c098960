// What only PostgreSQL does: connections that are lost and come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/dialect.h"
#include "store/postgres/postgres_errors.h"
#include "store/postgres/reconnect.h"
#include "store/testing/test_db.h"

namespace tandem::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PostgresServer;

constexpr Statement kInsert{"lines_insert", "INSERT INTO lines (text) VALUES (?)"};
constexpr Statement kCount{"lines_count", "SELECT COUNT(*) FROM lines"};
constexpr Statement kKillAll{"kill_all",
                             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                             "pid <> pg_backend_pid() AND application_name = 'tandem'"};

class PostgresTest : public ::testing::Test {
 protected:
  PostgresTest() {
    auto created = db_->write_now([](Connection& c) {
      return c.script({"create", "CREATE TABLE lines (text TEXT)"});
    });
    EXPECT_TRUE(created) << created.error().describe();
  }
  Result<int64_t> write() {
    return db_->write_now([](Connection& c) { return c.run(kInsert, {"a"}); });
  }
  Result<std::optional<int64_t>> count() {
    return db_->read_now([](Connection& c) {
      return c.find(kCount, {}, [](const Row& row) { return row.integer(0); });
    });
  }
  // Ends the connections of every handle, as an administrator or a failover does.
  static void kill_connections() {
    auto other = open_postgres(PostgresServer::shared().conninfo() + " application_name=killer",
                               {.readers = 1});
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->write_now(
        [](Connection& c) { return c.query(kKillAll, {}, [](const Row&) { return true; }); }));
  }

  testing::TestDb db_{Dialect::Postgres};
};

TEST_F(PostgresTest, AConnectionLostWhileIdleIsReplacedUnseen) {
  ASSERT_TRUE(write());
  kill_connections();
  auto written = write();
  EXPECT_TRUE(written) << written.error().describe();
  auto counted = count();
  ASSERT_TRUE(counted) << counted.error().describe();
  EXPECT_EQ(*counted, 2);
  EXPECT_GE(db_->stats().reconnects, 2u);
}

TEST_F(PostgresTest, AConnectionLostInsideAJobFailsTheJobAndIsReplaced) {
  int runs = 0;
  auto lost = db_->write_now([&](Connection& c) -> Result<int64_t> {
    ++runs;
    TRY_VOID(c.run(kInsert, {"lost"}));
    kill_connections();
    return c.run(kInsert, {"lost"});
  });
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::StorageFailed);
  EXPECT_THAT(lost.error().message, HasSubstr("connection"));
  EXPECT_EQ(runs, 1) << "a job never runs twice";
  EXPECT_TRUE(write());
  EXPECT_EQ(**count(), 1);
}

TEST_F(PostgresTest, AConnectionLostAtTheCommitSaysThatNobodyKnows) {
  auto lost = db_->write_now([&](Connection& c) -> Result<int64_t> {
    TRY(auto rows, c.run(kInsert, {"lost"}));
    kill_connections();
    return rows;
  });
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::StorageFailed);
  EXPECT_THAT(lost.error().hint, HasSubstr("may or may not"));
}

TEST_F(PostgresTest, ARestartedServerIsFoundAgain) {
  ASSERT_TRUE(write());
  PostgresServer::shared().stop();
  auto impatient = open_postgres(PostgresServer::shared().conninfo());
  ASSERT_FALSE(impatient);
  EXPECT_EQ(impatient.error().code, Code::StorageFailed);
  EXPECT_THAT(impatient.error().message, HasSubstr("cannot be reached"));

  auto down = write();
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, Code::StorageFailed);
  EXPECT_TRUE(down.error().retry_after_s.has_value());
  PostgresServer::shared().start();
  Result<int64_t> written = write();
  while (!written) {
    std::this_thread::yield();  // until the next attempt is due
    written = write();
  }
  Result<std::optional<int64_t>> counted = count();
  ASSERT_TRUE(counted) << counted.error().describe();
  EXPECT_EQ(*counted, 2);
}

TEST_F(PostgresTest, ASlowStatementTimesOutByItsName) {
  auto db = open_postgres(PostgresServer::shared().conninfo(),
                          {.readers = 1, .statement_timeout_ms = 20});
  ASSERT_TRUE(db);
  auto slow = (*db)->read_now([](Connection& c) {
    return c.query({"nap", "SELECT pg_sleep(30)"}, {}, [](const Row&) { return true; });
  });
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, Code::StorageFailed);
  EXPECT_THAT(slow.error().message, HasSubstr("nap"));
}

TEST_F(PostgresTest, PasswordsAppearInNoError) {
  for (const char* conninfo :
       {"host=/nowhere password=s3cret dbname=x", "postgresql://user:s3cret@127.0.0.1:1/x",
        "postgresql://user:s3cret@[broken", "password=s3cret nonsense"}) {
    auto opened = open_postgres(conninfo, {.connect_timeout_s = 1});
    ASSERT_FALSE(opened) << conninfo;
    EXPECT_THAT(opened.error().describe(), Not(HasSubstr("s3cret"))) << conninfo;
  }
}

TEST(PostgresErrors, StatesBecomeCodes) {
  auto code = [](std::string_view sqlstate) {
    return postgres_error({.sqlstate = sqlstate,
                           .message = "m",
                           .server = "PostgreSQL at db:5432",
                           .statement = "keys_insert"})
        .code;
  };
  EXPECT_EQ(code("23505"), Code::AlreadyExists);
  EXPECT_EQ(code("23503"), Code::InvalidArgument);
  EXPECT_EQ(code("53100"), Code::StorageFailed);
  EXPECT_EQ(code("40P01"), Code::StorageFailed);
  EXPECT_EQ(code("57P01"), Code::StorageFailed);
  EXPECT_EQ(code("42601"), Code::Internal);
  EXPECT_EQ(code("08P01"), Code::Internal) << "a wrong number of parameters is our bug";
  EXPECT_TRUE(ends_connection("57P01"));
  EXPECT_FALSE(ends_connection("08P01"));
  EXPECT_FALSE(ends_connection("23505"));
}

TEST(PostgresErrors, AFullServerDiskIsNamed) {
  const Error error = postgres_error({.sqlstate = "53100",
                                      .message = "could not extend file",
                                      .server = "PostgreSQL at db:5432",
                                      .statement = "keys_insert"});
  EXPECT_THAT(error.message, AllOf(HasSubstr("db:5432"), HasSubstr("disk is full")));
}

TEST(Reconnect, WaitsLongerEachTimeUpToFiveSeconds) {
  Reconnect reconnect;
  EXPECT_FALSE(reconnect.in_outage());
  EXPECT_EQ(reconnect.due_us(), 0);
  SteadyUs now_us = 1'000'000;
  std::vector<int64_t> delays_ms;
  for (int i = 0; i < 8; ++i) {
    reconnect.failed(now_us);
    delays_ms.push_back((reconnect.due_us() - now_us) / 1000);
    now_us = reconnect.due_us();
  }
  EXPECT_THAT(delays_ms, ::testing::ElementsAre(100, 200, 400, 800, 1600, 3200, 5000, 5000));
  reconnect.succeeded();
  EXPECT_FALSE(reconnect.in_outage());
  EXPECT_EQ(reconnect.due_us(), 0);
}

}  // namespace
}  // namespace tandem::store
