// What Db promises, on SQLite and on PostgreSQL alike.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <future>
#include <latch>
#include <thread>

#include "base/async/scope.h"
#include "store/db.h"
#include "store/insert_rows.h"
#include "store/testing/test_db.h"

namespace tandem::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestDb;

constexpr Statement kCreate{"items_create",
                            "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
                            "weight DOUBLE PRECISION, content {BLOB}, parent BIGINT REFERENCES "
                            "items(id), CHECK (id > 0))"};
constexpr Statement kInsert{"items_insert",
                            "INSERT INTO items (id, name, weight, content, parent) "
                            "VALUES (?, ?, ?, ?, ?)"};
constexpr Statement kAdd{"items_add", "INSERT INTO items (id, name) VALUES (?, ?)"};
constexpr Statement kNames{"items_names", "SELECT name FROM items ORDER BY id"};
constexpr Statement kOne{"items_one",
                         "SELECT id, name, weight, content, parent FROM items WHERE id = ?"};
constexpr Statement kCount{"items_count", "SELECT COUNT(*) FROM items"};

class DbContract : public ::testing::TestWithParam<Dialect> {
 protected:
  DbContract() {
    std::string sql(kCreate.sql);
    sql.replace(sql.find("{BLOB}"), 6, GetParam() == Dialect::Sqlite ? "BLOB" : "BYTEA");
    auto created = db_->write_now([&](Connection& c) { return c.run({kCreate.name, sql}); });
    EXPECT_TRUE(created) << created.error().describe();
  }

  Result<int64_t> add(int64_t id, std::string_view name) {
    return db_->write_now([&](Connection& c) { return c.run(kAdd, {id, name}); });
  }
  std::vector<std::string> names() {
    auto names = db_->read_now([](Connection& c) {
      return c.list(kNames, {}, [](const Row& row) { return row.str(0); });
    });
    EXPECT_TRUE(names) << names.error().describe();
    return names.value_or(std::vector<std::string>());
  }

  TestDb db_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Both, DbContract, testing::both_databases(), testing::dialect_name);

TEST_P(DbContract, ManyRowsAreInsertedByFewStatements) {
  const InsertRows insert("items_insert_rows", "items (id, name)", 2, "ON CONFLICT DO NOTHING");
  for (const int64_t count : {0, 1, 3, 4, 15, 16, 39}) {
    std::vector<std::string> texts;
    std::vector<Param> params;
    std::vector<std::string> expected;
    for (int64_t id = 1; id <= count; ++id) expected.push_back("n" + std::to_string(1000 + id));
    for (int64_t id = 1; id <= count; ++id) {
      params.emplace_back(id);
      params.emplace_back(std::string_view(expected[static_cast<size_t>(id) - 1]));
    }
    ASSERT_TRUE(db_->write_now([](Connection& c) {
      return c.run({"clear", "DELETE FROM items"});
    }));
    const auto insert_all = [&](Connection& c) { return insert.run(c, params); };
    EXPECT_EQ(*db_->write_now(insert_all), count);
    EXPECT_EQ(names(), expected);
    EXPECT_EQ(*db_->write_now(insert_all), 0) << "they are there already";
    EXPECT_EQ(names(), expected);
  }
  const Param odd[] = {int64_t{1}, std::string_view("a"), int64_t{2}};
  EXPECT_FALSE(db_->write_now([&](Connection& c) { return insert.run(c, odd); }));
  // A row that breaks a constraint fails the job, and what came before it is not there either.
  const Param bad[] = {int64_t{50}, std::string_view("fifty"), int64_t{51}, kNull};
  EXPECT_FALSE(db_->write_now([&](Connection& c) { return insert.run(c, bad); }));
  EXPECT_EQ(names().size(), 39u);
}

TEST_P(DbContract, EveryTypeComesBackAsItWentIn) {
  const std::vector<uint8_t> bytes = {0x00, 0xff, 0x5c, 0x27, 0x0a};
  auto stored = db_->write_now([&](Connection& c) -> Result<void> {
    TRY_VOID(c.run(kInsert, {INT64_MAX, "q'uo\\te ? \xc3\xa4\xf0\x9f\x99\x82", 0.1,
                             std::span<const uint8_t>(bytes), kNull}));
    TRY_VOID(
        c.run(kInsert, {1, "", -1.7976931348623157e308, std::span<const uint8_t>(), INT64_MAX}));
    return {};
  });
  ASSERT_TRUE(stored) << stored.error().describe();
  auto checked = db_->read_now([&](Connection& c) -> Result<void> {
    TRY_VOID(c.query(kOne, {INT64_MAX}, [&](const Row& row) {
      EXPECT_EQ(row.columns(), 5);
      EXPECT_EQ(row.integer(0), INT64_MAX);
      EXPECT_EQ(row.text(1), "q'uo\\te ? \xc3\xa4\xf0\x9f\x99\x82");
      EXPECT_EQ(row.real(2), 0.1);
      EXPECT_THAT(std::vector(row.blob(3).begin(), row.blob(3).end()), ::testing::Eq(bytes));
      EXPECT_TRUE(row.is_null(4));
      EXPECT_EQ(row.integer(4), 0);
      EXPECT_EQ(row.text(4), "");
      return true;
    }));
    return c.query(kOne, {1}, [&](const Row& row) {
      EXPECT_EQ(row.text(1), "");
      EXPECT_FALSE(row.is_null(1));
      EXPECT_EQ(row.real(2), -1.7976931348623157e308);
      EXPECT_FALSE(row.is_null(3)) << "an empty blob is not null";
      EXPECT_TRUE(row.blob(3).empty());
      return true;
    });
  });
  EXPECT_TRUE(checked) << checked.error().describe();
}

TEST_P(DbContract, NumbersConvertAsTheyAreRead) {
  auto checked = db_->read_now([](Connection& c) {
    return c.query({"numbers",
                    "SELECT CAST('12' AS TEXT), 7, 2 = 2, COUNT(*), SUM(id), AVG(2) "
                    "FROM items"},
                   {}, [](const Row& row) {
                     EXPECT_EQ(row.integer(0), 12);
                     EXPECT_EQ(row.text(1), "7");
                     EXPECT_EQ(row.integer(2), 1);
                     EXPECT_EQ(row.integer(3), 0);
                     EXPECT_TRUE(row.is_null(4));
                     EXPECT_TRUE(row.is_null(5));
                     return true;
                   });
  });
  EXPECT_TRUE(checked) << checked.error().describe();
}

TEST_P(DbContract, SumsAndAveragesOfIntegersAreReadable) {
  ASSERT_TRUE(add(5, "a"));
  ASSERT_TRUE(add(8, "b"));
  auto checked = db_->read_now([](Connection& c) {
    return c.query({"sums", "SELECT SUM(id), AVG(id) FROM items"}, {}, [](const Row& row) {
      EXPECT_EQ(row.integer(0), 13);
      EXPECT_EQ(row.real(1), 6.5);
      EXPECT_EQ(row.integer(1), 6);
      return true;
    });
  });
  EXPECT_TRUE(checked) << checked.error().describe();
}

TEST_P(DbContract, RunCountsChangedRows) {
  ASSERT_EQ(add(1, "a"), 1);
  ASSERT_EQ(add(2, "b"), 1);
  auto counts = db_->write_now([](Connection& c) -> Result<std::vector<int64_t>> {
    TRY(auto none, c.run({"none", "UPDATE items SET weight = 1 WHERE id = ?"}, {99}));
    TRY(auto two, c.run({"two", "UPDATE items SET weight = ?"}, {2.5}));
    TRY(auto table, c.run({"table", "CREATE TABLE other (a BIGINT)"}));
    TRY(auto one, c.run({"one", "DELETE FROM items WHERE id = ?"}, {2}));
    TRY(auto upsert, c.run({"upsert",
                            "INSERT INTO items (id, name) VALUES (?, ?) ON CONFLICT (id) "
                            "DO UPDATE SET name = excluded.name"},
                           {1, "z"}));
    TRY(auto ignored, c.run({"ignored",
                             "INSERT INTO items (id, name) VALUES (?, ?) ON CONFLICT "
                             "DO NOTHING"},
                            {1, "z"}));
    return std::vector<int64_t>{none, two, table, one, upsert, ignored};
  });
  ASSERT_TRUE(counts) << counts.error().describe();
  EXPECT_THAT(*counts, ElementsAre(0, 2, 0, 1, 1, 0));
  EXPECT_THAT(names(), ElementsAre("z"));
}

TEST_P(DbContract, AQueryStopsWhenItIsTold) {
  for (int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(add(id, std::to_string(id)));
  int seen = 0;
  auto done = db_->read_now(
      [&](Connection& c) { return c.query(kNames, {}, [&](const Row&) { return ++seen < 2; }); });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, 2);
  // The statement is free for its next use.
  EXPECT_THAT(names(), ElementsAre("1", "2", "3"));
}

TEST_P(DbContract, TheSameQueryMayRunInsideItsOwnRows) {
  for (int64_t id = 1; id <= 2; ++id) ASSERT_TRUE(add(id, std::to_string(id)));
  std::vector<std::string> seen;
  auto done = db_->read_now([&](Connection& c) {
    return c.query(kNames, {}, [&](const Row& outer) {
      auto inner = c.query(kNames, {}, [&](const Row& row) {
        seen.push_back(outer.str(0) + row.str(0));
        return true;
      });
      return inner.has_value();
    });
  });
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_THAT(seen, ElementsAre("11", "12", "21", "22"));
}

TEST_P(DbContract, FindGivesTheFirstRowOrNothing) {
  ASSERT_TRUE(add(1, "a"));
  auto name_of = [](const Row& row) { return row.str(1); };
  auto found = db_->read_now([&](Connection& c) { return c.find(kOne, {1}, name_of); });
  auto missing = db_->read_now([&](Connection& c) { return c.find(kOne, {2}, name_of); });
  ASSERT_TRUE(found && missing);
  EXPECT_EQ(*found, "a");
  EXPECT_EQ(*missing, std::nullopt);
}

TEST_P(DbContract, AFailedJobLeavesNothing) {
  auto failed = db_->write_now([](Connection& c) -> Result<void> {
    TRY_VOID(c.run(kAdd, {1, "a"}));
    return fail(Code::NotFound, "The job changed its mind.");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::NotFound);
  EXPECT_EQ(failed.error().message, "The job changed its mind.");
  EXPECT_THAT(names(), ElementsAre());
}

TEST_P(DbContract, AJobThatThrowsIsRolledBackAndTheWriterGoesOn) {
  auto threw = db_->write_now([](Connection& c) -> Result<void> {
    TRY_VOID(c.run(kAdd, {1, "a"}));
    throw std::runtime_error("bug");
  });
  ASSERT_FALSE(threw);
  EXPECT_EQ(threw.error().code, Code::Internal);
  EXPECT_THAT(threw.error().message, HasSubstr("bug"));
  EXPECT_TRUE(add(2, "b"));
  EXPECT_THAT(names(), ElementsAre("b"));
}

TEST_P(DbContract, BrokenConstraintsHaveTheirCodes) {
  ASSERT_TRUE(add(1, "a"));
  EXPECT_EQ(add(1, "b").error().code, Code::AlreadyExists);
  EXPECT_EQ(add(2, "a").error().code, Code::AlreadyExists);
  EXPECT_EQ(add(-1, "c").error().code, Code::InvalidArgument);
  auto insert = [&](Param name, Param parent) {
    return db_->write_now([&](Connection& c) {
      return c.run(kInsert, {3, name, kNull, kNull, parent});
    });
  };
  EXPECT_EQ(insert(kNull, kNull).error().code, Code::InvalidArgument);
  EXPECT_EQ(insert("d", 99).error().code, Code::InvalidArgument);
  EXPECT_THAT(add(2, "a").error().message, HasSubstr("items_add"));
}

TEST_P(DbContract, AfterAFailedStatementTheTransactionIsDead) {
  ASSERT_TRUE(add(1, "a"));
  auto swallowed = db_->write_now([](Connection& c) -> Result<void> {
    TRY_VOID(c.run(kAdd, {2, "b"}));
    EXPECT_EQ(c.run(kAdd, {1, "again"}).error().code, Code::AlreadyExists);
    EXPECT_EQ(c.run(kAdd, {3, "c"}).error().code, Code::AlreadyExists);
    return {};
  });
  ASSERT_FALSE(swallowed);
  EXPECT_EQ(swallowed.error().code, Code::AlreadyExists);
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_P(DbContract, BadStatementsAreInternalErrorsThatNameTheStatement) {
  auto run = [&](Statement statement, std::initializer_list<Param> params) {
    auto result = db_->write_now([&](Connection& c) { return c.run(statement, params); });
    EXPECT_FALSE(result);
    return result ? Error() : result.error();
  };
  const Error syntax = run({"broken_sql", "SELEC 1"}, {});
  EXPECT_EQ(syntax.code, Code::Internal);
  EXPECT_THAT(syntax.message, HasSubstr("broken_sql"));
  const Error table = run({"no_table", "SELECT * FROM nothing"}, {});
  EXPECT_EQ(table.code, Code::Internal);
  EXPECT_THAT(table.message, HasSubstr("nothing"));
  EXPECT_EQ(run(kAdd, {1}).code, Code::Internal) << "a parameter is missing";
  EXPECT_EQ(run(kAdd, {1, "a", "b"}).code, Code::Internal) << "one is too many";
  EXPECT_EQ(run({"quotes", "SELECT \"text in double quotes\""}, {}).code, Code::Internal);
  EXPECT_TRUE(add(1, "a")) << "and nothing of it hurt the connection";
}

TEST_P(DbContract, TextMustBeUtf8WithoutNulAndNumbersFinite) {
  EXPECT_EQ(add(1, std::string_view("a\0b", 3)).error().code, Code::InvalidArgument);
  EXPECT_EQ(add(1, "\xff\xfe").error().code, Code::InvalidArgument);
  auto infinite = db_->write_now([](Connection& c) {
    return c.run(kInsert, {1, "a", HUGE_VAL, kNull, kNull});
  });
  EXPECT_EQ(infinite.error().code, Code::InvalidArgument);
}

TEST_P(DbContract, AReadJobCannotWrite) {
  auto written = db_->read_now([](Connection& c) { return c.run(kAdd, {1, "a"}); });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::Internal);
  EXPECT_THAT(written.error().message, HasSubstr("items_add"));
}

TEST_P(DbContract, AReadJobSeesOneSnapshot) {
  ASSERT_TRUE(add(1, "a"));
  std::latch first_read(1), written(1);
  std::thread writer([&] {
    first_read.wait();
    EXPECT_TRUE(add(2, "b"));
    written.count_down();
  });
  auto counts = db_->read_now([&](Connection& c) -> Result<std::pair<int64_t, int64_t>> {
    auto count = [](const Row& row) { return row.integer(0); };
    TRY(auto before, c.find(kCount, {}, count));
    first_read.count_down();
    written.wait();
    TRY(auto after, c.find(kCount, {}, count));
    return std::pair(*before, *after);
  });
  writer.join();
  ASSERT_TRUE(counts) << counts.error().describe();
  EXPECT_EQ(counts->first, 1);
  EXPECT_EQ(counts->second, 1);
  EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_P(DbContract, JobsThatWaitTogetherShareACommitAndFailAlone) {
  const DbStats before = db_->stats();
  std::latch blocked(1), release(1);
  std::thread holder([&] {
    EXPECT_TRUE(db_->write_now([&](Connection&) -> Result<void> {
      blocked.count_down();
      release.wait();
      return {};
    }));
  });
  blocked.wait();
  // Ten wait behind the first; every third fails.
  std::vector<std::thread> callers;
  std::vector<Result<int64_t>> results(10, fail(Error()));
  for (size_t i = 0; i < results.size(); ++i) {
    callers.emplace_back([&, i] {
      results[i] = db_->write_now([&](Connection& c) -> Result<int64_t> {
        TRY_VOID(c.run(kAdd, {static_cast<int64_t>(i) + 1, std::to_string(i)}));
        if (i % 3 == 0) return fail(Code::NotFound, "It gives up.");
        return static_cast<int64_t>(i);
      });
    });
  }
  while (db_->stats().queued_writes < results.size()) std::this_thread::yield();
  release.count_down();
  holder.join();
  for (std::thread& caller : callers) caller.join();

  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].has_value(), i % 3 != 0) << i;
    if (!results[i]) EXPECT_EQ(results[i].error().code, Code::NotFound);
  }
  EXPECT_THAT(names(), ElementsAre("1", "2", "4", "5", "7", "8"));
  const DbStats after = db_->stats();
  EXPECT_EQ(after.writes - before.writes, 11u);
  // How many shared a commit depends on the clock here; group_db_test.cc counts.
  EXPECT_LE(after.commits - before.commits, 7u);
  EXPECT_EQ(after.failed_jobs - before.failed_jobs, 4u);
}

TEST_P(DbContract, AJobMustNotWaitForAnother) {
  auto nested = db_->write_now([&](Connection&) -> Result<void> {
    auto inner = db_->read_now(
        [](Connection& c) { return c.query(kNames, {}, [](const Row&) { return true; }); });
    EXPECT_EQ(inner.error().code, Code::Internal);
    return inner;
  });
  EXPECT_FALSE(nested);
}

TEST_P(DbContract, TasksAwaitTheirJobsOnTheirOwnThread) {
  IoContext io(1);
  const std::thread::id io_thread = std::this_thread::get_id();
  std::vector<std::string> found;
  auto flow = [&]() -> Task<Result<void>> {
    auto insert = [](Connection& c) { return c.run(kAdd, {1, "a"}); };
    CO_TRY(const int64_t rows, co_await db_->write(insert));
    EXPECT_EQ(rows, 1);
    EXPECT_EQ(std::this_thread::get_id(), io_thread);
    auto again = co_await db_->write(insert);
    EXPECT_EQ(again.error().code, Code::AlreadyExists);
    auto list = [](Connection& c) {
      return c.list(kNames, {}, [](const Row& row) { return row.str(0); });
    };
    CO_TRY(found, co_await db_->read(list));
    co_return Result<void>();
  };
  Result<void> outcome = fail(Error());
  auto run = [&]() -> Task<void> { outcome = co_await flow(); };
  {
    Scope scope(io);
    scope.spawn(run());
    io.run();
  }
  EXPECT_TRUE(outcome) << outcome.error().describe();
  EXPECT_THAT(found, ElementsAre("a"));
}

TEST_P(DbContract, ScriptsRunManyStatementsAllOrNothing) {
  auto failed = db_->write_now([](Connection& c) {
    return c.script({"script",
                     "CREATE TABLE one (a BIGINT); -- a comment; with a semicolon\n"
                     "INSERT INTO one VALUES (1); INSERT INTO nothing VALUES (2);"});
  });
  ASSERT_FALSE(failed);
  auto done = db_->write_now([](Connection& c) {
    return c.script({"script", "CREATE TABLE one (a BIGINT);\nINSERT INTO one VALUES (1);\n"});
  });
  EXPECT_TRUE(done) << done.error().describe();
}

TEST_P(DbContract, WhatWasCommittedIsThereAfterARestart) {
  ASSERT_TRUE(add(1, "a"));
  db_.reopen();
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_P(DbContract, ManyDifferentStatementsOverflowTheCacheUnharmed) {
  for (int round = 0; round < 2; ++round) {
    auto done = db_->read_now([](Connection& c) -> Result<void> {
      for (int i = 0; i < 600; ++i) {
        const std::string sql = "SELECT " + std::to_string(i) + " + 0";
        TRY(auto number, c.find({"number", sql}, {}, [](const Row& r) { return r.integer(0); }));
        EXPECT_EQ(number, i);
      }
      return {};
    });
    ASSERT_TRUE(done) << done.error().describe();
  }
}

TEST_P(DbContract, TheSameStatementTakesDifferentTypes) {
  auto done = db_->write_now([](Connection& c) -> Result<void> {
    TRY_VOID(c.run(kInsert, {1, "a", 1.5, kNull, kNull}));
    TRY_VOID(c.run(kInsert, {2, "b", 2, kNull, kNull}));
    TRY_VOID(c.run(kInsert, {3, "c", kNull, kNull, 1}));
    TRY(auto sum, c.find({"sum", "SELECT SUM(weight) FROM items"}, {},
                         [](const Row& row) { return row.real(0); }));
    EXPECT_EQ(sum, 3.5);
    return {};
  });
  EXPECT_TRUE(done) << done.error().describe();
}

TEST_P(DbContract, LikeTellsCasesApart) {
  ASSERT_TRUE(add(1, "Alpha"));
  auto count = [&](std::string_view pattern) {
    return **db_->read_now([&](Connection& c) {
      return c.find({"like", "SELECT COUNT(*) FROM items WHERE name LIKE ?"}, {pattern},
                    [](const Row& row) { return row.integer(0); });
    });
  };
  EXPECT_EQ(count("Al%"), 1);
  EXPECT_EQ(count("al%"), 0);
}

TEST_P(DbContract, ClosingRunsWhatIsQueued) {
  std::latch blocked(1), release(1);
  std::thread holder([&] {
    EXPECT_TRUE(db_->write_now([&](Connection& c) -> Result<int64_t> {
      blocked.count_down();
      release.wait();
      return c.run(kAdd, {1, "a"});
    }));
  });
  blocked.wait();
  std::thread waiting([&] { EXPECT_TRUE(add(2, "b")); });
  while (db_->stats().queued_writes < 1) std::this_thread::yield();
  std::thread closer([&] { db_.reopen(); });
  release.count_down();
  holder.join();
  waiting.join();
  closer.join();
  EXPECT_THAT(names(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace tandem::store
