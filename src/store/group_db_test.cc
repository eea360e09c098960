// Group commit and queues over a scripted session: what no real database can be made to do on
// demand.
#include "store/group_db.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "store/errors.h"

namespace tandem::store {
namespace {

using ::testing::ElementsAre;

// Writes down what it is told; fails where the test says so.
class ScriptedSession final : public Session {
 public:
  struct Script {
    std::vector<std::string> calls;
    bool begin_fails = false;
    bool commit_fails = false;
    bool rollback_to_fails = false;
    std::string ends_transaction_at;  // the statement at which the engine gives everything up
  };
  explicit ScriptedSession(Script& script) : script_(script) {}

  Result<void> begin() override { return step("begin", script_.begin_fails); }
  Result<void> commit() override { return step("commit", script_.commit_fails); }
  void rollback() override { (void)step("rollback", false); }
  Result<void> savepoint(bool release_previous) override {
    return step(release_previous ? "next savepoint" : "savepoint", false);
  }
  Result<void> rollback_to_savepoint() override { return step("undo", script_.rollback_to_fails); }
  bool in_transaction() const override { return in_transaction_; }
  Result<int64_t> run(const Statement& statement, std::span<const Param>) override {
    if (statement.name == script_.ends_transaction_at) {
      in_transaction_ = false;
      return fail(errors::disk_full("The test database"));
    }
    TRY_VOID(step(std::string(statement.name), statement.sql == "fails"));
    return 1;
  }
  Result<void> query(const Statement&, std::span<const Param>, const EachRow&) override {
    return {};
  }
  Result<void> script(const Statement&) override { return {}; }

 private:
  Result<void> step(std::string what, bool fails) {
    script_.calls.push_back(std::move(what));
    if (fails) return fail(errors::disk_full("The test database"));
    return {};
  }

  Script& script_;
  bool in_transaction_ = true;
};

class GroupDbTest : public ::testing::Test {
 protected:
  void open(GroupOptions options = {.readers = 1, .max_group_us = INT64_MAX}) {
    auto opened = GroupDb::open(
        Dialect::Sqlite,
        [&](SessionUse use) -> Result<std::unique_ptr<Session>> {
          return std::make_unique<ScriptedSession>(use == SessionUse::Write ? script_ : reads_);
        },
        options);
    ASSERT_TRUE(opened);
    db_ = *std::move(opened);
  }

  // Jobs that wait behind a first one, so that they form a group; their outcomes in order.
  std::vector<Result<int64_t>> run_group(const std::vector<Statement>& statements) {
    std::latch blocked(1), release(1);
    std::thread holder([&] {
      (void)db_->write_now([&](Connection&) -> Result<void> {
        blocked.count_down();
        release.wait();
        return {};
      });
    });
    blocked.wait();
    std::vector<Result<int64_t>> outcomes(statements.size(), fail(Error()));
    std::vector<std::thread> callers;
    for (size_t i = 0; i < statements.size(); ++i) {
      callers.emplace_back([&, i] {
        outcomes[i] = db_->write_now([&](Connection& c) { return c.run(statements[i]); });
      });
      while (db_->stats().queued_writes < i + 1) std::this_thread::yield();
    }
    script_.calls.clear();
    release.count_down();
    holder.join();
    for (std::thread& caller : callers) caller.join();
    // The holder's own commit comes first.
    script_.calls.erase(script_.calls.begin());
    return outcomes;
  }

  ScriptedSession::Script script_;
  ScriptedSession::Script reads_;
  std::unique_ptr<Db> db_;
};

TEST_F(GroupDbTest, OneJobNeedsNoSavepoint) {
  open();
  EXPECT_TRUE(db_->write_now([](Connection& c) { return c.run({"a", ""}); }));
  EXPECT_THAT(script_.calls, ElementsAre("begin", "a", "commit"));
}

TEST_F(GroupDbTest, AFailedJobAloneIsRolledBackWhole) {
  open();
  EXPECT_FALSE(db_->write_now([](Connection& c) { return c.run({"a", "fails"}); }));
  EXPECT_THAT(script_.calls, ElementsAre("begin", "a", "rollback"));
}

TEST_F(GroupDbTest, AGroupSharesOneCommitAndTheFailedJobIsUndone) {
  open();
  auto outcomes = run_group({{"a", ""}, {"b", "fails"}, {"c", ""}, {"d", ""}});
  EXPECT_TRUE(outcomes[0]);
  EXPECT_FALSE(outcomes[1]);
  EXPECT_TRUE(outcomes[2]);
  EXPECT_TRUE(outcomes[3]);
  EXPECT_THAT(script_.calls, ElementsAre("begin", "savepoint", "a", "next savepoint", "b", "undo",
                                         "c", "next savepoint", "d", "commit"));
}

TEST_F(GroupDbTest, AGroupClosesAtItsLimits) {
  open({.readers = 1, .max_group_jobs = 2, .max_group_us = INT64_MAX});
  run_group({{"a", ""}, {"b", ""}, {"c", ""}});
  EXPECT_THAT(script_.calls, ElementsAre("begin", "savepoint", "a", "next savepoint", "b", "commit",
                                         "begin", "c", "commit"));
  open({.readers = 1, .max_group_us = 0});
  run_group({{"a", ""}, {"b", ""}});
  EXPECT_THAT(script_.calls,
              ElementsAre("begin", "savepoint", "a", "commit", "begin", "b", "commit"));
}

TEST_F(GroupDbTest, WhereEveryJobFailsNothingIsCommitted) {
  open();
  auto outcomes = run_group({{"a", "fails"}, {"b", "fails"}});
  EXPECT_FALSE(outcomes[0]);
  EXPECT_FALSE(outcomes[1]);
  EXPECT_THAT(script_.calls,
              ElementsAre("begin", "savepoint", "a", "undo", "b", "undo", "rollback"));
}

TEST_F(GroupDbTest, AFailedCommitFailsEveryJobOfTheGroup) {
  open();
  script_.commit_fails = true;
  auto outcomes = run_group({{"a", ""}, {"b", "fails"}, {"c", ""}});
  for (const auto& outcome : outcomes) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::StorageFailed);
  }
}

TEST_F(GroupDbTest, WhereTheEngineGivesTheTransactionUpEarlierJobsFailToo) {
  open();
  script_.ends_transaction_at = "b";
  auto outcomes = run_group({{"a", ""}, {"b", ""}});
  ASSERT_FALSE(outcomes[0]) << "it was not stored, so it must not be told that it was";
  EXPECT_EQ(outcomes[0].error().code, Code::StorageFailed);
  EXPECT_THAT(outcomes[0].error().message, ::testing::HasSubstr("shared transaction"));
  EXPECT_FALSE(outcomes[1]);
  EXPECT_THAT(script_.calls, ::testing::Not(::testing::Contains("commit")));
}

TEST_F(GroupDbTest, WhereUndoingFailsNothingIsCommitted) {
  open();
  script_.rollback_to_fails = true;
  auto outcomes = run_group({{"a", ""}, {"b", "fails"}});
  EXPECT_FALSE(outcomes[0]);
  EXPECT_FALSE(outcomes[1]);
  EXPECT_THAT(script_.calls, ::testing::Not(::testing::Contains("commit")));
}

TEST_F(GroupDbTest, ADatabaseThatCannotBeginFailsTheJobWithItsReason) {
  open();
  script_.begin_fails = true;
  auto outcome = db_->write_now([](Connection& c) { return c.run({"a", ""}); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::StorageFailed);
  EXPECT_THAT(script_.calls, ElementsAre("begin"));
}

TEST_F(GroupDbTest, AFullQueueIsOverloadedAtOnce) {
  open({.readers = 1, .max_queued_writes = 1, .max_queued_reads = 1});
  std::latch blocked(1), release(1);
  auto hold = [&](Connection&) -> Result<void> {
    blocked.count_down();
    release.wait();
    return {};
  };
  std::thread holder([&] { EXPECT_TRUE(db_->write_now(hold)); });
  blocked.wait();
  std::thread waiting([&] {
    EXPECT_TRUE(db_->write_now([](Connection& c) { return c.run({"a", ""}); }));
  });
  while (db_->stats().queued_writes < 1) std::this_thread::yield();
  auto refused = db_->write_now([](Connection& c) { return c.run({"b", ""}); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::Overloaded);
  EXPECT_EQ(refused.error().retry_after_s, 1);
  EXPECT_EQ(db_->stats().refused, 1u);
  // Readers have their own queue.
  EXPECT_TRUE(db_->read_now([](Connection&) -> Result<void> { return {}; }));
  release.count_down();
  holder.join();
  waiting.join();
}

TEST_F(GroupDbTest, ReadsAreNeverCommitted) {
  open();
  EXPECT_TRUE(db_->read_now([](Connection& c) { return c.run({"a", ""}); }));
  db_.reset();
  EXPECT_THAT(reads_.calls, ElementsAre("begin", "a", "rollback"));
}

}  // namespace
}  // namespace tandem::store
