#include "trace/batch_writer.h"

#include <gtest/gtest.h>

#include <set>

#include "store/migrations.h"
#include "store/testing/temp_folder.h"
#include "trace/detail.h"
#include "trace/list.h"
#include "trace/sample_spans.h"
#include "trace/schema.h"

namespace tandem::trace {
namespace {

using store::Connection;
using testing::child_span;
using testing::root_span;

// The writer on a bare database, so that transactions can be made to fail and runs to be short.
class BatchWriterTest : public ::testing::Test {
 protected:
  BatchWriterTest() {
    db_ = std::move(*store::open_sqlite((folder_.path() / "t.db").string()));
    EXPECT_TRUE(store::migrate(*db_, migrations()));
  }

  Result<WriteOutcome> write(std::vector<Span> spans, bool lose_the_commit = false) {
    std::vector<const Span*> batch;
    for (Span& span : spans) {
      put_right(span);
      batch.push_back(&span);
    }
    return db_->write_now([&](Connection& connection) -> Result<WriteOutcome> {
      TRY(WriteOutcome outcome, writer_.write(connection, batch));
      if (lose_the_commit) return fail(Code::StorageFailed, "The disk is gone.");
      return outcome;
    });
  }
  int64_t count(std::string_view sql) {
    return *db_->read_now([&](Connection& connection) -> Result<int64_t> {
      TRY(const auto found, connection.find({"count", sql}, {},
                                            [](const store::Row& row) { return row.integer(0); }));
      return found.value_or(-1);
    });
  }
  std::optional<TraceDetail> find(const TraceId& id) {
    DetailQuery query{Scope::of(ProjectId("default"))};
    query.trace_id = id;
    return *db_->read_now(
        [&](Connection& connection) { return read_trace(connection, ids_, query); });
  }

  store::testing::TempFolder folder_;
  TraceIds ids_{200};
  BatchWriter writer_{ids_};
  std::unique_ptr<store::Db> db_;
};

TEST_F(BatchWriterTest, ALostCommitLeavesNoTraceInMemory) {
  ASSERT_TRUE(write({root_span(1)}));
  EXPECT_FALSE(write({child_span(root_span(1), 2), root_span(3)}, true));
  EXPECT_EQ(find(root_span(1).trace_id)->summary.span_count, 1);
  EXPECT_FALSE(find(root_span(3).trace_id));
  ASSERT_TRUE(write({child_span(root_span(1), 4), root_span(3)}));
  EXPECT_EQ(find(root_span(1).trace_id)->summary.span_count, 2);
  EXPECT_TRUE(find(root_span(3).trace_id));
  EXPECT_EQ(count("SELECT COUNT(*) FROM spans"), 3);
}

TEST_F(BatchWriterTest, AFailureBetweenTwoGoodBatchesIsNoticedByTheNext) {
  ASSERT_TRUE(write({root_span(1)}));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(write({child_span(root_span(1), 2)}, true));
  ASSERT_TRUE(write({child_span(root_span(1), 2)}));
  EXPECT_EQ(find(root_span(1).trace_id)->summary.span_count, 2);
}

TEST_F(BatchWriterTest, IdsMoveIntoTheTableInRunsAndStayFindable) {
  for (uint32_t i = 1; i <= 1500; ++i) {
    ASSERT_TRUE(write({root_span(i)}, i % 97 == 0) || i % 97 == 0);
    if (i % 97 == 0) ASSERT_TRUE(write({root_span(i)}));
  }
  EXPECT_GT(count("SELECT COUNT(*) FROM trace_ids"), 1000);
  EXPECT_LE(ids_.waiting(), 700u);
  for (uint32_t i = 1; i <= 1500; i += 7) {
    EXPECT_TRUE(find(root_span(i).trace_id)) << i;
    // A late child finds its trace, wherever its id is by now.
    ASSERT_TRUE(write({child_span(root_span(i), 10'000 + i)}));
    EXPECT_EQ(find(root_span(i).trace_id)->summary.span_count, 2) << i;
  }
  EXPECT_EQ(count("SELECT COUNT(*) FROM traces"), 1500);

  // A restart in the middle of a run.
  TraceIds fresh_ids(200);
  BatchWriter fresh(fresh_ids);
  const Span spans[] = {child_span(root_span(1500), 20'000), child_span(root_span(1), 20'001)};
  const std::vector<const Span*> late{&spans[0], &spans[1]};
  ASSERT_TRUE(db_->write_now([&](Connection& c) { return fresh.write(c, late); }));
  EXPECT_EQ(count("SELECT COUNT(*) FROM traces"), 1500);
}

TEST_F(BatchWriterTest, ManyProjectsAndManyTracesOutgrowTheMemory) {
  std::vector<Span> spans;
  for (uint32_t i = 1; i <= 9'000; ++i) {
    spans.push_back(root_span(i, "p" + std::to_string(i % 600)));
    spans.back().input_messages = {testing::text_message("user", "some words")};
  }
  ASSERT_TRUE(write(spans));
  ASSERT_TRUE(write({child_span(spans[0], 50'000), child_span(spans[8'999], 50'001)}));
  EXPECT_EQ(count("SELECT COUNT(*) FROM traces"), 9'000);
  EXPECT_EQ(count("SELECT COUNT(*) FROM trace_projects"), 600);
  EXPECT_EQ(count("SELECT SUM(span_count) FROM traces"), 9'002);
}

TEST_F(BatchWriterTest, ImpossibleNumbersArePutRight) {
  Span span = root_span(1);
  span.duration_us = -5;
  span.start_us = INT64_MIN;
  span.usage = TokenUsage{-1, -2, -3, -4, -5};
  ASSERT_TRUE(write({span}));
  const auto detail = find(span.trace_id);
  EXPECT_EQ(detail->summary.duration_us, 0);
  EXPECT_EQ(detail->summary.start_us, 0);
  EXPECT_EQ(detail->summary.input_tokens, 0);
}

TEST_F(BatchWriterTest, TheListNeedsNoSortForItsUsualOrder) {
  ASSERT_TRUE(write({root_span(1)}));
  std::string plan;
  ASSERT_TRUE(db_->read_now([&](Connection& connection) -> Result<int64_t> {
    TRY_VOID(
        connection.query({"plan",
                          "EXPLAIN QUERY PLAN SELECT key FROM traces WHERE project_no = 1 AND "
                          "(start_us, key) < (5, 5) ORDER BY start_us DESC, key DESC LIMIT 50"},
                         {}, [&plan](const store::Row& row) {
                           plan.append(row.text(3)).append("\n");
                           return true;
                         }));
    return 0;
  }));
  EXPECT_NE(plan.find("traces_by_time"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

}  // namespace
}  // namespace tandem::trace
