#include "cost/ledger_rows.h"

#include <boost/json.hpp>
#include <deque>

#include "cost/ledger_query.h"
#include "cost/testing/ledger_fixture.h"

namespace tandem::cost {
namespace {

using testing::kNoon;
using testing::must;

class RowWriterTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  RowWriterTest() { must(store::migrate(*db_, migrations())); }

  const EndRecord* end(const std::string& request, WallUs started_us = kNoon, int64_t cost = 1) {
    EndRecord& record = records_.emplace_back();
    record.call.request_id = texts_.emplace_back(request);
    record.call.project = "shop";
    record.call.key = "k1";
    record.call.target = "acme/m";
    record.call.started_us = started_us;
    record.cost_nano_usd = cost;
    return &record;
  }
  RowWriter::Outcome write(const std::vector<const EndRecord*>& ends, RowMode mode) {
    auto outcome = (*db_).write_now([&](store::Connection& c) -> Result<RowWriter::Outcome> {
      TRY(const auto written, writer_.write(c, ends, mode));
      if (written.must_be_one_by_one) return fail(Code::AlreadyExists, "roll back");
      return written;
    });
    if (outcome) return *outcome;
    EXPECT_EQ(outcome.error().code, Code::AlreadyExists) << outcome.error().describe();
    writer_.forget();
    return {.must_be_one_by_one = true};
  }
  int64_t number(std::string_view sql) {
    return must((*db_).read_now([&](store::Connection& c) -> Result<int64_t> {
      TRY(const auto found,
          c.find({"test", sql}, {}, [](const store::Row& row) { return row.integer(0); }));
      return found.value_or(-1);
    }));
  }

  int64_t number_of_blocks() { return number("SELECT COUNT(*) FROM ledger_traces"); }

  store::testing::TestDb db_{GetParam()};
  RowWriter writer_;
  std::deque<EndRecord> records_;
  std::deque<std::string> texts_;
};
INSTANTIATE_TEST_SUITE_P(Both, RowWriterTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(RowWriterTest, RowsThatAreThereAreFoundOneByOne) {
  const std::vector<const EndRecord*> first = {end("a"), end("b", kNoon + 1), end("c", kNoon + 2)};
  EXPECT_EQ(write(first, RowMode::Together).rows, 3u);
  const std::vector<const EndRecord*> second = {first[1], end("d", kNoon + 3), first[0]};
  EXPECT_TRUE(write(second, RowMode::Together).must_be_one_by_one);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 3) << "nothing of it is there";
  const RowWriter::Outcome outcome = write(second, RowMode::OneByOne);
  EXPECT_EQ(outcome.rows, 1u);
  EXPECT_EQ(outcome.duplicates, 2u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 4);
  EXPECT_EQ(number("SELECT SUM(cost_nano_usd) FROM ledger_hours"), 4);
}

TEST_P(RowWriterTest, AnyNumberOfCallsMayStartInOneMicrosecond) {
  std::vector<const EndRecord*> ends;
  for (int i = 0; i < 1100; ++i) ends.push_back(end("r" + std::to_string(i)));
  ends.push_back(end("later", kNoon + 2));
  EXPECT_TRUE(write(ends, RowMode::Together).must_be_one_by_one);
  EXPECT_EQ(write(ends, RowMode::OneByOne).rows, 1101u);
  EXPECT_EQ(write(ends, RowMode::OneByOne).duplicates, 1101u);
  EXPECT_EQ(number("SELECT COUNT(DISTINCT request_id) FROM ledger"), 1101);
}

// Through many small batches, merges, a restart and a failed transaction.
TEST_P(RowWriterTest, EveryTraceIsFoundHoweverItsRowsWereWritten) {
  const auto rows_of = [&](const TraceId& id) {
    const std::string text = id.hex();
    const QueryParameter parameters[] = {{"trace_id", text}};
    const LedgerQuery query = must(parse_ledger_query(parameters));
    const std::string json =
        must((*db_).read_now([&](store::Connection& c) { return read_ledger_json(c, query); }));
    return boost::json::parse(json).at("data").as_array().size();
  };
  const auto trace = [](int number) {
    TraceId id;
    id.bytes[3] = static_cast<uint8_t>(number);
    id.bytes[14] = static_cast<uint8_t>(number >> 8);
    id.bytes[15] = 1;
    return id;
  };
  int number = 0;
  for (int batch = 0; batch < 200; ++batch) {
    std::vector<const EndRecord*> ends;
    const int size = batch == 150 ? 5000 : 1 + batch % 3;
    for (int i = 0; i < size; ++i) {
      ends.push_back(end("r" + std::to_string(number), kNoon + number));
      records_.back().call.trace_id = trace(number++);
    }
    if (batch % 50 == 7) {
      const std::vector<const EndRecord*> twice = {ends[0], ends[0]};
      EXPECT_TRUE(write(twice, RowMode::Together).must_be_one_by_one);
    }
    if (batch % 40 == 11) writer_ = RowWriter();
    ASSERT_EQ(write(ends, RowMode::Together).rows, ends.size());
  }
  // Two more rows of one trace, in another block.
  const std::vector<const EndRecord*> more = {end("more", kNoon + number),
                                              end("still more", kNoon + number + 1)};
  for (size_t back = 1; back <= 2; ++back) {
    records_[records_.size() - back].call.trace_id = trace(5);
  }
  EXPECT_EQ(write(more, RowMode::Together).rows, 2u);
  EXPECT_EQ(rows_of(trace(5)), 3u);
  for (int i = 0; i < number; i += 37) EXPECT_EQ(rows_of(trace(i)), i == 5 ? 3u : 1u) << i;
  EXPECT_EQ(rows_of(trace(number)), 0u);
  if (GetParam() == store::Dialect::Sqlite) {
    EXPECT_LT(number_of_blocks(), 40);
  }
}

TEST_P(RowWriterTest, NamesOfATransactionThatFailedAreAddedAgain) {
  const std::vector<const EndRecord*> ends = {end("a"), end("a")};
  EXPECT_TRUE(write(ends, RowMode::Together).must_be_one_by_one) << "its names are rolled back";
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger_names"), 0);
  EXPECT_EQ(write(ends, RowMode::OneByOne).rows, 1u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger_names"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger WHERE project = 'shop' AND provider = 'acme'"), 1);
}

TEST_P(RowWriterTest, ValuesThatMostRowsLackAreKept) {
  EndRecord record = *end("a");
  record.usage.images = 3;
  record.usage.rows = 4;
  record.usage.cache_write_input_tokens = 5;
  const std::vector<const EndRecord*> ends = {&record, end("b", kNoon + 1)};
  EXPECT_EQ(write(ends, RowMode::Together).rows, 2u);
  EXPECT_EQ(number("SELECT images * 100 + rows * 10 + cache_write_input_tokens FROM ledger WHERE "
                   "request_id = 'a'"),
            345);
  EXPECT_EQ(number("SELECT SUM(images) FROM ledger_hours"), 3);
  EXPECT_EQ(number("SELECT images FROM ledger WHERE request_id = 'b'"), 0);
}

}  // namespace
}  // namespace tandem::cost
