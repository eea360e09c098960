#include "store/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "store/schema.h"
#include "store/testing/test_db.h"

namespace tandem::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TestDb;

const Migration kKeys{"identity", 1, "keys_create",
                      "CREATE TABLE keys (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
                      "CREATE INDEX keys_name ON keys (name);",
                      ""};
const Migration kScopes{"identity", 2, "keys_scopes", "ALTER TABLE keys ADD COLUMN scopes TEXT;",
                        ""};
const Migration kPrices{"cost", 1, "prices_create", "CREATE TABLE prices (model TEXT, price REAL);",
                        ""};

class MigrationsTest : public ::testing::TestWithParam<Dialect> {
 protected:
  // The columns of a row of `table`, or -1 where there is no such table.
  int columns(const std::string& table) {
    int count = -1;
    (void)db_->write_now([&](Connection& c) -> Result<void> {
      TRY_VOID(c.run({"row", "INSERT INTO " + table + " DEFAULT VALUES"}));
      return c.query({"star", "SELECT * FROM " + table}, {}, [&](const Row& row) {
        count = row.columns();
        return false;
      });
    });
    return count;
  }

  TestDb db_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Both, MigrationsTest, testing::both_databases(), testing::dialect_name);

TEST_P(MigrationsTest, AppliesWhatIsMissingOnceAndInOrder) {
  const Migration first[] = {kKeys, kPrices};
  auto done = migrate(*db_, first);
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_EQ(columns("prices"), 2);
  EXPECT_EQ(columns("nothing"), -1);
  const Migration more[] = {kKeys, kScopes, kPrices};
  for (int i = 0; i < 2; ++i) {
    done = migrate(*db_, more);
    ASSERT_TRUE(done) << done.error().describe();
  }
  auto applied = db_->read_now([](Connection& c) {
    return c.list({"applied",
                   "SELECT noun, number, name FROM schema_migrations ORDER BY noun, "
                   "number"},
                  {},
                  [](const Row& row) { return row.str(0) + "/" + row.str(1) + "_" + row.str(2); });
  });
  ASSERT_TRUE(applied);
  EXPECT_THAT(*applied, ::testing::ElementsAre("cost/1_prices_create", "identity/1_keys_create",
                                               "identity/2_keys_scopes"));
}

TEST_P(MigrationsTest, AnEditedMigrationIsRefusedByName) {
  ASSERT_TRUE(migrate(*db_, std::span(&kKeys, 1)));
  Migration edited = kKeys;
  edited.sql = "CREATE TABLE keys (id INTEGER PRIMARY KEY);";
  auto refused = migrate(*db_, std::span(&edited, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::StorageFailed);
  EXPECT_THAT(refused.error().message, HasSubstr("identity/0001_keys_create"));
  EXPECT_THAT(refused.error().hint, HasSubstr("next number"));
}

TEST_P(MigrationsTest, LineEndsAreNotAnEdit) {
  Migration unix_lines = kPrices, dos_lines = kPrices;
  unix_lines.sql = "CREATE TABLE prices (\nmodel TEXT);\n";
  dos_lines.sql = "CREATE TABLE prices (\r\nmodel TEXT);\r\n";
  ASSERT_TRUE(migrate(*db_, std::span(&unix_lines, 1)));
  EXPECT_TRUE(migrate(*db_, std::span(&dos_lines, 1)));
}

TEST_P(MigrationsTest, ADatabaseOfANewerVersionIsRefused) {
  const Migration newer[] = {kKeys, kScopes};
  ASSERT_TRUE(migrate(*db_, newer));
  auto refused = migrate(*db_, std::span(&kKeys, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::StorageFailed);
  EXPECT_THAT(refused.error().message, HasSubstr("identity/0002_keys_scopes"));
  EXPECT_THAT(refused.error().hint, HasSubstr("newer Tandem"));
  EXPECT_TRUE(migrate(*db_, std::span(&kPrices, 1))) << "other nouns may be migrated apart";
}

TEST_P(MigrationsTest, AFailingMigrationLeavesNothingBehind) {
  Migration broken = kScopes;
  broken.sql = "CREATE TABLE half (a TEXT); INSERT INTO nothing VALUES (1);";
  const Migration list[] = {kKeys, broken};
  auto failed = migrate(*db_, list);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message,
              AllOf(HasSubstr("identity/0002_keys_scopes"), HasSubstr("nothing")));
  const Migration fixed[] = {kKeys, kScopes};
  auto done = migrate(*db_, fixed);
  EXPECT_TRUE(done) << done.error().describe();
}

TEST_P(MigrationsTest, GapsAndRepeatsAreRefusedBeforeAnythingRuns) {
  const Migration gap[] = {kScopes};
  EXPECT_EQ(migrate(*db_, gap).error().code, Code::Internal);
  const Migration twice[] = {kKeys, kKeys};
  EXPECT_EQ(migrate(*db_, twice).error().code, Code::Internal);
}

TEST_P(MigrationsTest, TwoServersMayStartAtOnce) {
  auto other = db_.open();
  const Migration list[] = {kKeys, kScopes, kPrices};
  Result<void> theirs;
  std::thread second([&] { theirs = migrate(*other, list); });
  Result<void> ours = migrate(*db_, list);
  second.join();
  EXPECT_TRUE(ours) << ours.error().describe();
  EXPECT_TRUE(theirs) << theirs.error().describe();
}

// The list that tandem_schema made of the folder testdata/schema.
TEST_P(MigrationsTest, EmbeddedSchemaFilesRun) {
  const std::span<const Migration> list = migrations();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].noun, "store");
  EXPECT_EQ(list[0].number, 1);
  EXPECT_EQ(list[0].name, "samples_create");
  EXPECT_THAT(std::string(list[0].sql), HasSubstr("';'"));
  EXPECT_EQ(list[0].postgres_sql, "");
  EXPECT_EQ(list[1].name, "samples_tags");
  EXPECT_NE(list[1].postgres_sql, "");
  auto done = migrate(*db_, list);
  ASSERT_TRUE(done) << done.error().describe();
  auto separator = db_->write_now([](Connection& c) -> Result<std::string> {
    TRY_VOID(c.run({"row", "INSERT INTO samples (content) VALUES (?)"}, {"text"}));
    TRY(auto text, c.find({"read", "SELECT separator FROM samples WHERE id = 1"}, {},
                          [](const Row& row) { return row.str(0); }));
    return *text;
  });
  ASSERT_TRUE(separator) << separator.error().describe();
  EXPECT_EQ(*separator, ";");
}

}  // namespace
}  // namespace tandem::store
