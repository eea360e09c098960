// Batches on a database of either kind.
#include "gateway/batches/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/files/store.h"
#include "gateway/schema.h"
#include "store/migrations.h"
#include "store/testing/test_db.h"

namespace tandem::gateway::batches {
namespace {

class BatchStoreTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  BatchStoreTest() : db_(GetParam()) {
    EXPECT_TRUE(store::migrate(*db_, gateway::migrations()));
    add("batch_1", "shop");
  }
  template <class F>
  auto write(F job) {
    return db_->write_now(job);
  }
  template <class F>
  auto read(F job) {
    return *db_->read_now(job);
  }
  void add(const std::string& id, const std::string& project) {
    Batch batch;
    batch.id = id;
    batch.project = project;
    batch.key = "key_1";
    batch.node = "node_1";
    batch.endpoint = "/v1/embeddings";
    batch.input_file = "file-1";
    batch.input_blob = "blob:1";
    batch.metadata = "{}";
    batch.created_us = 5;
    batch.expires_us = 10;
    ASSERT_TRUE(write([&](auto& connection) { return insert_batch(connection, batch); }));
  }
  Batch found() {
    return *read([](auto& connection) { return find_batch(connection, "shop", "batch_1"); });
  }

  store::testing::TestDb db_;
};

INSTANTIATE_TEST_SUITE_P(Both, BatchStoreTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(BatchStoreTest, ABatchIsItsProjectsAlone) {
  EXPECT_EQ(found().status, Status::Validating);
  EXPECT_EQ(found().expires_us, 10);
  EXPECT_FALSE(read([](auto& connection) { return find_batch(connection, "other", "batch_1"); }));
  add("batch_2", "shop");
  add("batch_3", "other");
  const auto ids = [&](std::string_view after) {
    std::string all;
    for (const Batch& batch :
         read([&](auto& connection) { return list_batches(connection, "shop", after, 10); })) {
      all += batch.id + " ";
    }
    return all;
  };
  EXPECT_EQ(ids(""), "batch_2 batch_1 ");
  EXPECT_EQ(ids("batch_2"), "batch_1 ");
  EXPECT_EQ(read([](auto& connection) { return count_unfinished(connection, "shop"); }), 2);
  EXPECT_EQ(read([](auto& connection) { return list_unfinished(connection, "node_1"); }).size(),
            3u);
  EXPECT_TRUE(read([](auto& connection) { return list_unfinished(connection, "node_2"); }).empty());
}

TEST_P(BatchStoreTest, GoesThroughItsStates) {
  ASSERT_TRUE(write([](auto& c) { return begin_progress(c, "batch_1", 3, 6); }));
  EXPECT_EQ(found().status, Status::InProgress);
  EXPECT_EQ(found().total, 3);
  ASSERT_TRUE(write([](auto& c) { return begin_finalizing(c, "batch_1", 7); }));
  EXPECT_EQ(found().status, Status::Finalizing);
  EXPECT_FALSE(*write([](auto& c) { return begin_cancelling(c, "batch_1", 8); }));
  Batch batch = found();
  batch.status = Status::Completed;
  batch.output_file = "file-2";
  batch.finished_us = 9;
  EXPECT_TRUE(read([](auto& c) { return files::file_in_use(c, "file-1"); }));
  ASSERT_TRUE(write([&](auto& c) { return finish_batch(c, batch); }));
  EXPECT_EQ(found().status, Status::Completed);
  EXPECT_EQ(found().output_file, "file-2");
  EXPECT_FALSE(read([](auto& c) { return files::file_in_use(c, "file-1"); }));
  EXPECT_EQ(read([](auto& c) { return count_unfinished(c, "shop"); }), 0);
}

TEST_P(BatchStoreTest, ACancellationStands) {
  EXPECT_TRUE(*write([](auto& c) { return begin_cancelling(c, "batch_1", 6); }));
  ASSERT_TRUE(write([](auto& c) { return begin_progress(c, "batch_1", 3, 7); }));
  ASSERT_TRUE(write([](auto& c) { return begin_finalizing(c, "batch_1", 8); }));
  EXPECT_EQ(found().status, Status::Cancelling);
  EXPECT_EQ(found().finalizing_us, 0);
}

TEST_P(BatchStoreTest, ALineIsAnsweredOnce) {
  const Line begun{2, "b", "req_2", 0, ""};
  ASSERT_TRUE(write([&](auto& c) { return insert_line(c, "batch_1", begun); }));
  // A second start of the same line keeps the first request id.
  ASSERT_TRUE(write([&](auto& c) { return insert_line(c, "batch_1", {2, "b", "req_9", 0, ""}); }));
  const auto lines = read([](auto& c) { return list_begun(c, "batch_1"); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].request_id, "req_2");
  EXPECT_TRUE(read([](auto& c) { return list_answers(c, "batch_1", 0, 10); }).empty());
  const std::string body = std::string("{\"a\":\"\xff\"}\0", 11);  // bytes, whatever they are
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(write([&](auto& c) { return answer_line(c, "batch_1", {2, "b", "", 200, body}); }));
  }
  EXPECT_EQ(found().completed, 1);
  ASSERT_TRUE(write([&](auto& c) { return insert_line(c, "batch_1", {1, "a", "req_1", 0, ""}); }));
  ASSERT_TRUE(write([&](auto& c) { return answer_line(c, "batch_1", {1, "a", "", 429, "{}"}); }));
  EXPECT_EQ(found().failed, 1);
  const auto answers = read([](auto& c) { return list_answers(c, "batch_1", 0, 10); });
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].number, 1);
  EXPECT_EQ(answers[1].body, body);
  EXPECT_EQ(read([](auto& c) { return list_answers(c, "batch_1", 1, 10); }).size(), 1u);
}

}  // namespace
}  // namespace tandem::gateway::batches
