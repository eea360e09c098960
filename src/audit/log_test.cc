// The audit log on SQLite and on PostgreSQL alike.
#include "audit/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "audit/chain.h"
#include "audit/schema.h"
#include "base/async/io_threads.h"
#include "base/text/encode.h"
#include "store/migrations.h"
#include "store/testing/test_db.h"

namespace tandem::audit {
namespace {

using store::Connection;
using store::Dialect;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Event event(std::string action, std::string project = "default") {
  Event made;
  made.action = std::move(action);
  made.project = std::move(project);
  made.actor_key = "key_1";
  made.resource = "keys/1";
  made.time_us = 1'700'000'000'000'000;
  return made;
}

class AuditLogTest : public ::testing::TestWithParam<Dialect> {
 protected:
  AuditLogTest() : db_(GetParam()) {
    const auto migrated = store::migrate(*db_, migrations());
    EXPECT_TRUE(migrated) << migrated.error().describe();
    log_ = std::make_unique<AuditLog>(*db_);
  }

  void append(Event made) {
    const auto appended = log_->append_now(std::move(made));
    ASSERT_TRUE(appended) << appended.error().describe();
  }
  void append_many(int count) {
    for (int i = 1; i <= count; ++i) append(event("test." + std::to_string(i)));
  }
  std::vector<std::string> actions(EventQuery query) {
    const auto page = log_->list_now(query);
    EXPECT_TRUE(page) << (page ? "" : page.error().describe());
    std::vector<std::string> found;
    for (const StoredEvent& stored : page->events) found.push_back(stored.event.action);
    return found;
  }
  Verification verify(VerifyRange range = {}) {
    const auto verification = log_->verify_now(range);
    EXPECT_TRUE(verification) << (verification ? "" : verification.error().describe());
    return verification.value_or(Verification{});
  }
  Result<void> sql(std::string_view text) {
    return db_->write_now([text](Connection& connection) -> Result<void> {
      return connection.script({"tamper", text});
    });
  }
  // What somebody with full rights over the database can do: switch the triggers off.
  void tamper(const std::string& text) {
    const bool sqlite = GetParam() == Dialect::Sqlite;
    if (!sqlite) {
      ASSERT_TRUE(
          sql("ALTER TABLE audit_events DISABLE TRIGGER ALL; "
              "ALTER TABLE audit_head DISABLE TRIGGER ALL"));
    } else {
      ASSERT_TRUE(
          sql("DROP TRIGGER audit_events_no_update; DROP TRIGGER audit_events_no_delete; "
              "DROP TRIGGER audit_events_in_order; DROP TRIGGER audit_head_only_grows"));
    }
    const auto done = sql(text);
    ASSERT_TRUE(done) << done.error().describe();
  }

  store::testing::TestDb db_;
  std::unique_ptr<AuditLog> log_;
};

INSTANTIATE_TEST_SUITE_P(Both, AuditLogTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(AuditLogTest, KeepsWhatItIsGivenInOrder) {
  Event first = event("keys.create");
  first.actor_user = "user_1";
  first.outcome = Outcome::Denied;
  first.status = 403;
  first.request_id = "req_1";
  first.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  first.details = R"({"name":"support desk"})";
  append(first);
  append(event("keys.delete"));
  const auto page = log_->list_now(EventQuery{});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->events.size(), 2u);
  EXPECT_EQ(page->events[0].event.action, "keys.delete");
  EXPECT_EQ(page->events[0].seq, 2);
  const StoredEvent& stored = page->events[1];
  EXPECT_EQ(stored.seq, 1);
  EXPECT_TRUE(stored.id.starts_with("aud_"));
  EXPECT_EQ(stored.event.actor_key, "key_1");
  EXPECT_EQ(stored.event.actor_user, "user_1");
  EXPECT_EQ(stored.event.project, "default");
  EXPECT_EQ(stored.event.resource, "keys/1");
  EXPECT_EQ(stored.outcome, "denied");
  EXPECT_EQ(stored.event.status, 403);
  EXPECT_EQ(stored.event.request_id, "req_1");
  EXPECT_EQ(stored.event.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(stored.event.details, R"({"name":"support desk"})");
  EXPECT_EQ(stored.event.time_us, 1'700'000'000'000'000);
  EXPECT_EQ(stored.prev_hash, crypto::Digest{});
  EXPECT_EQ(page->events[0].prev_hash, stored.hash);
}

TEST_P(AuditLogTest, NeverLosesAnEventForItsContent) {
  Event odd = event("odd");
  odd.resource = std::string("a\0b\xff", 4) + std::string(5000, 'x');
  odd.details = "not json";
  odd.time_us = 0;
  append(odd);
  Event large = event("large");
  large.details = "{\"text\":\"" + std::string(200'000, 'y') + "\"}";
  append(large);
  const auto page = log_->list_now(EventQuery{});
  ASSERT_TRUE(page);
  EXPECT_TRUE(
      page->events[1].event.resource.starts_with("a\xEF\xBF\xBD"
                                                 "b\xEF\xBF\xBDxxx"));
  EXPECT_LE(page->events[1].event.resource.size(), 1024u);
  EXPECT_EQ(page->events[1].event.details, R"({"text":"not json","cut":false})");
  EXPECT_GT(page->events[1].event.time_us, 1'700'000'000'000'000);
  EXPECT_TRUE(page->events[0].event.details.ends_with(R"("cut":true})"));
  EXPECT_TRUE(verify().intact());
}

TEST_P(AuditLogTest, VerifiesAnIntactLog) {
  EXPECT_TRUE(verify().intact());
  EXPECT_EQ(verify().head_seq, 0);
  append_many(5);
  const Verification whole = verify();
  EXPECT_TRUE(whole.intact());
  EXPECT_EQ(whole.checked, 5);
  EXPECT_EQ(whole.to_seq, 5);
  EXPECT_EQ(whole.head_hash, log_->list_now(EventQuery{})->events[0].hash);
  const Verification part = verify({2, 4});
  EXPECT_TRUE(part.intact());
  EXPECT_EQ(part.checked, 3);
  EXPECT_TRUE(verify({100, 200}).intact());
}

TEST_P(AuditLogTest, VerifiesAcrossPages) {
  ASSERT_TRUE(db_->write_now([](Connection& connection) -> Result<void> {
    for (int i = 0; i < 2500; ++i) TRY_VOID(AuditLog::append_in(connection, event("bulk")));
    return {};
  }));
  EXPECT_EQ(verify().checked, 2500);
  EXPECT_TRUE(verify().intact());
  tamper("UPDATE audit_events SET resource = 'keys/9' WHERE seq = 2001");
  const Verification broken = verify();
  EXPECT_EQ(broken.checked, 2000);
  EXPECT_EQ(broken.broken->seq, 2001);
  EXPECT_EQ(broken.broken->damage, Damage::Changed);
}

TEST_P(AuditLogTest, SqlCannotChangeOrDeleteEvents) {
  append_many(3);
  for (const char* statement :
       {"UPDATE audit_events SET action = 'x' WHERE seq = 1", "DELETE FROM audit_events",
        "DELETE FROM audit_events WHERE seq = 3", "UPDATE audit_head SET seq = 0",
        "UPDATE audit_head SET seq = 9", "DELETE FROM audit_head"}) {
    const auto refused = sql(statement);
    ASSERT_FALSE(refused) << statement;
    EXPECT_EQ(refused.error().code, Code::InvalidArgument) << refused.error().message;
  }
  const std::string row =
      GetParam() == Dialect::Sqlite ? "x'00', x'00', x'00'" : "'\\x00', '\\x00', '\\x00'";
  for (const char* seq : {"2", "3", "7"}) {
    EXPECT_FALSE(sql("INSERT INTO audit_events VALUES (" + std::string(seq) +
                     ", 'id', 1, '', '', '', '', '', '', 0, '', '', '', " + row + ")"))
        << seq;
  }
  if (GetParam() == Dialect::Sqlite) {
    EXPECT_FALSE(
        sql("INSERT OR REPLACE INTO audit_events VALUES (3, 'id', 1, '', '', '', '', '', "
            "'', 0, '', '', '', x'00', x'00', x'00')"));
  } else {
    EXPECT_FALSE(sql("TRUNCATE audit_events"));
    EXPECT_FALSE(sql("TRUNCATE audit_head"));
  }
  EXPECT_TRUE(verify().intact());
  EXPECT_EQ(verify().checked, 3);
}

TEST_P(AuditLogTest, FindsAChangedEvent) {
  append_many(5);
  tamper("UPDATE audit_events SET outcome = 'denied' WHERE seq = 3");
  EXPECT_EQ(verify().broken->seq, 3);
  EXPECT_EQ(verify().broken->damage, Damage::Changed);
  EXPECT_TRUE(verify({4, 5}).intact());
}

TEST_P(AuditLogTest, FindsADeletedEvent) {
  append_many(5);
  tamper("DELETE FROM audit_events WHERE seq = 2");
  EXPECT_EQ(verify().broken->seq, 2);
  EXPECT_EQ(verify().broken->damage, Damage::Missing);
  EXPECT_EQ(verify({3, 5}).broken->seq, 2);  // what event 3 should follow from is gone
}

TEST_P(AuditLogTest, FindsACutEnd) {
  append_many(5);
  tamper("DELETE FROM audit_events WHERE seq = 5");
  EXPECT_EQ(verify().broken->seq, 5);
  EXPECT_EQ(verify().broken->damage, Damage::Missing);
}

TEST_P(AuditLogTest, FindsAForgedEventWhoseOwnHashesAreRight) {
  append_many(5);
  // The forger computes the leaf hash anew but cannot make the rest follow.
  StoredEvent forged = log_->list_now(EventQuery{})->events[2];
  ASSERT_EQ(forged.seq, 3);
  forged.event.resource = "keys/other";
  const std::string leaf = text::to_hex(hash_leaf(forged));
  const std::string link = text::to_hex(hash_link(forged.prev_hash, hash_leaf(forged)));
  const auto blob = [](const std::string& hex) {
    return GetParam() == Dialect::Sqlite ? "x'" + hex + "'" : "'\\x" + hex + "'";
  };
  tamper("UPDATE audit_events SET resource = 'keys/other', leaf_hash = " + blob(leaf) +
         ", hash = " + blob(link) + " WHERE seq = 3");
  EXPECT_EQ(verify().broken->seq, 4);
  EXPECT_EQ(verify().broken->damage, Damage::Unchained);
}

TEST_P(AuditLogTest, FindsAReplacedLastEventAndOneBeyondTheHead) {
  append_many(2);
  tamper("UPDATE audit_head SET hash = prev_hash FROM audit_events WHERE audit_events.seq = 1");
  EXPECT_EQ(verify().broken->seq, 2);
  EXPECT_EQ(verify().broken->damage, Damage::HeadDiffers);
  ASSERT_TRUE(
      sql("UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_events WHERE "
          "seq = 1)"));
  EXPECT_EQ(verify().broken->seq, 2);
  EXPECT_EQ(verify().broken->damage, Damage::Unexpected);
}

TEST_P(AuditLogTest, ListsByEveryFilterAndOnlyTheProjectsOwn) {
  Event other = event("keys.create", "other");
  other.actor_key = "key_2";
  append(event("keys.create"));
  append(other);
  Event late = event("budgets.put");
  late.time_us += 1000;
  late.resource = "budgets/project/default";
  late.actor_user = "user_9";
  late.outcome = Outcome::Failure;
  append(late);
  Event server = event("server.start", "");
  append(server);

  EventQuery ours;
  ours.project = ProjectId("default");
  EXPECT_THAT(actions(ours), ElementsAre("budgets.put", "keys.create"));
  EventQuery theirs = ours;
  theirs.project = ProjectId("other");
  EXPECT_THAT(actions(theirs), ElementsAre("keys.create"));
  theirs.actor = "key_1";
  EXPECT_THAT(actions(theirs), IsEmpty());
  EXPECT_THAT(actions(EventQuery{}),
              ElementsAre("server.start", "budgets.put", "keys.create", "keys.create"));

  const auto with = [&ours](auto set) {
    EventQuery query = ours;
    set(query);
    return query;
  };
  EXPECT_THAT(actions(with([](EventQuery& q) { q.action = "keys.*"; })),
              ElementsAre("keys.create"));
  EXPECT_THAT(actions(with([](EventQuery& q) { q.action = "keys"; })), IsEmpty());
  EXPECT_THAT(actions(with([](EventQuery& q) { q.actor = "user_9"; })), ElementsAre("budgets.put"));
  EXPECT_THAT(actions(with([](EventQuery& q) { q.resource = "budgets/project/default"; })),
              ElementsAre("budgets.put"));
  EXPECT_THAT(actions(with([](EventQuery& q) { q.resource = "budgets/*"; })),
              ElementsAre("budgets.put"));
  EXPECT_THAT(actions(with([](EventQuery& q) { q.outcome = "failure"; })),
              ElementsAre("budgets.put"));
  EXPECT_THAT(actions(with([](EventQuery& q) { q.from_us = 1'700'000'000'000'001; })),
              ElementsAre("budgets.put"));
  EXPECT_THAT(actions(with([](EventQuery& q) { q.to_us = 1'700'000'000'001'000; })),
              ElementsAre("keys.create"));
}

TEST_P(AuditLogTest, PagesWithACursor) {
  append_many(7);
  EventQuery query;
  query.limit = 3;
  std::vector<std::string> seen;
  do {
    const auto page = log_->list_now(query);
    ASSERT_TRUE(page);
    for (const StoredEvent& stored : page->events) seen.push_back(stored.event.action);
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty());
  EXPECT_THAT(seen,
              ElementsAre("test.7", "test.6", "test.5", "test.4", "test.3", "test.2", "test.1"));
  for (const char* odd : {"x", "zz", "61", "612d31", "ffff"}) {
    query.cursor = odd;
    const auto page = log_->list_now(query);
    ASSERT_FALSE(page) << odd;
    EXPECT_EQ(page.error().param, "cursor");
  }
  query.cursor.clear();
  query.limit = 1001;
  EXPECT_EQ(log_->list_now(query).error().param, "limit");
}

TEST_P(AuditLogTest, WritersOfTwoProcessesShareOneChain) {
  const auto second_db = db_.open();
  AuditLog second(*second_db);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      AuditLog& log = i % 2 == 0 ? *log_ : second;
      for (int k = 0; k < 25; ++k) EXPECT_TRUE(log.append_now(event("concurrent")));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(verify().intact());
  EXPECT_EQ(verify().checked, 100);
}

TEST_P(AuditLogTest, AnEventIsCommittedWithItsDeedOrNotAtAll) {
  append_many(1);
  const auto failed = db_->write_now([](Connection& connection) -> Result<void> {
    TRY_VOID(AuditLog::append_in(connection, event("undone")));
    return fail(Code::InvalidArgument, "The deed failed.");
  });
  EXPECT_FALSE(failed);
  append(event("done"));
  EXPECT_THAT(actions(EventQuery{}), ElementsAre("done", "test.1"));
  EXPECT_TRUE(verify().intact());
}

TEST_P(AuditLogTest, TasksAppendListAndVerify) {
  IoThreads threads(1);
  threads.start();
  Result<void> appended = fail(Code::Internal, "not run");
  Verification verification;
  size_t listed = 0;
  const auto work = [&](IoThread&) -> Task<void> {
    appended = co_await log_->append(event("from a task"));
    auto page = co_await log_->list(EventQuery{});
    if (page) listed = page->events.size();
    auto checked = co_await log_->verify({});
    if (checked) verification = *checked;
  };
  threads.run_task(0, work);
  threads.stop();
  EXPECT_TRUE(appended);
  EXPECT_EQ(listed, 1u);
  EXPECT_EQ(verification.checked, 1);
}

// A child process appends and says so after each acknowledgement, until it is killed.
TEST(AuditLogCrash, AcknowledgedEventsSurviveKill9) {
  const store::testing::TempFolder folder;
  const std::string path = (folder.path() / "audit.db").string();
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto db = store::open_sqlite(path);
    if (!db || !store::migrate(**db, migrations())) ::_exit(1);
    AuditLog log(**db);
    while (true) {
      const char acknowledged = log.append_now(event("crash")) ? '+' : '-';
      if (::write(pipe_ends[1], &acknowledged, 1) != 1) ::_exit(1);
    }
  }
  ::close(pipe_ends[1]);
  int64_t acknowledged = 0;
  char one = 0;
  while (acknowledged < 200 && ::read(pipe_ends[0], &one, 1) == 1) {
    ASSERT_EQ(one, '+');
    ++acknowledged;
  }
  ::kill(child, SIGKILL);
  while (::read(pipe_ends[0], &one, 1) == 1) ++acknowledged;
  ::waitpid(child, nullptr, 0);
  ::close(pipe_ends[0]);

  const auto db = store::open_sqlite(path);
  ASSERT_TRUE(db);
  AuditLog log(**db);
  const auto verification = log.verify_now({});
  ASSERT_TRUE(verification);
  EXPECT_TRUE(verification->intact());
  EXPECT_GE(verification->checked, acknowledged);
  EXPECT_GE(acknowledged, 200);
}

}  // namespace
}  // namespace tandem::audit
