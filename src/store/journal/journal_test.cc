// Appending, reading, rotating and dropping, while nothing goes wrong.
#include "store/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "store/testing/journal_folder.h"
#include "store/testing/temp_folder.h"

namespace tandem::store {
namespace {

using testing::as_bytes;
using testing::as_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_all;
using testing::segment_numbers;
using testing::TempFolder;

class JournalTest : public ::testing::TestWithParam<Appending> {
 protected:
  void open(JournalOptions options = {.sync = Sync::Os}) {
    journal_.reset();
    options.appending = GetParam();
    auto opened = Journal::open(folder_.path(), options);
    ASSERT_TRUE(opened) << opened.error().describe();
    journal_ = *std::move(opened);
  }
  Position append(std::string_view payload, RecordKind kind = RecordKind::Reserve) {
    auto at = journal_->append(kind, as_bytes(payload));
    EXPECT_TRUE(at) << at.error().describe();
    return at.value_or(Position());
  }

  TempFolder folder_;
  std::unique_ptr<Journal> journal_;
};

TEST_P(JournalTest, RecordsComeBackInOrderWithKindAndPositions) {
  open();
  const Position first = append("one", RecordKind::Reserve);
  const Position second = append("", RecordKind::Settle);
  const Position third = append(std::string("\0\xff", 2), RecordKind::Audit);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  auto reader = journal_->reader({});
  ASSERT_TRUE(reader);
  for (auto [position, kind, payload] :
       {std::tuple(first, RecordKind::Reserve, std::string("one")),
        std::tuple(second, RecordKind::Settle, std::string()),
        std::tuple(third, RecordKind::Audit, std::string("\0\xff", 2))}) {
    auto record = reader->next();
    ASSERT_TRUE(record && *record);
    EXPECT_EQ((*record)->position, position);
    EXPECT_EQ((*record)->kind, kind);
    EXPECT_EQ(as_text((*record)->payload), payload);
    EXPECT_EQ((*record)->next, reader->position());
  }
  EXPECT_EQ(reader->position(), journal_->end());
  auto nothing = reader->next();
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
}

TEST_P(JournalTest, AReaderFollowsWhatIsAppendedLater) {
  open({.segment_bytes = 100, .sync = Sync::Os});
  auto here = journal_->reader({});
  auto there = JournalReader::open(folder_.path(), {});
  ASSERT_TRUE(here && there);
  EXPECT_THAT(read_all(*here), ElementsAre());
  for (int i = 0; i < 10; ++i) {
    const std::string payload = "record " + std::to_string(i);
    append(payload);
    EXPECT_THAT(read_all(*here), ElementsAre(payload));
    EXPECT_THAT(read_all(*there), ElementsAre(payload)) << "in another process";
  }
}

TEST_P(JournalTest, ReadingGoesOnFromAStoredPosition) {
  open({.segment_bytes = 100, .sync = Sync::Os});
  std::vector<Position> positions;
  for (int i = 0; i < 10; ++i) positions.push_back(append(std::to_string(i)));
  EXPECT_GT(segment_numbers(folder_.path()).size(), 2u);
  for (size_t i = 0; i < positions.size(); ++i) {
    EXPECT_EQ(read_all(folder_.path(), positions[i]).size(), 10 - i);
  }
  EXPECT_EQ(read_all(folder_.path(), journal_->end()).size(), 0u);
}

TEST_P(JournalTest, SegmentsRotateAndHoldAtLeastOneRecord) {
  open({.segment_bytes = 80, .sync = Sync::Os});
  append(std::string(1000, 'a'));
  append(std::string(1000, 'b'));
  append("c");
  EXPECT_THAT(segment_numbers(folder_.path()), ElementsAre(1, 2, 3));
  EXPECT_THAT(read_all(folder_.path()),
              ElementsAre(std::string(1000, 'a'), std::string(1000, 'b'), "c"));
  EXPECT_EQ(journal_->stats().segments, 3u);
}

TEST_P(JournalTest, RecordsAreLimitedInSize) {
  open();
  const std::string largest(limits::kMaxJournalRecordBytes, 'x');
  append(largest);
  auto refused = journal_->append(RecordKind::Reserve, as_bytes(largest + "x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::PayloadTooLarge);
  EXPECT_THAT(read_all(folder_.path()), ElementsAre(largest));
}

TEST_P(JournalTest, ARestartGoesOnInTheSameSegment) {
  open();
  append("one");
  open();
  append("two");
  EXPECT_THAT(read_all(folder_.path()), ElementsAre("one", "two"));
  EXPECT_THAT(segment_numbers(folder_.path()), ElementsAre(1));
  EXPECT_EQ(journal_->stats().recovered_bytes, 0u);
}

TEST_P(JournalTest, DroppingDeletesWholeOlderSegmentsAndNeverTheLast) {
  open({.segment_bytes = 100, .sync = Sync::Os});
  std::vector<Position> positions;
  for (int i = 0; i < 12; ++i) positions.push_back(append("record " + std::to_string(i)));
  const uint64_t last = positions.back().segment;
  ASSERT_GE(last, 4u);
  ASSERT_TRUE(journal_->drop_before({3, 60}));
  EXPECT_EQ(segment_numbers(folder_.path()).front(), 3u);
  EXPECT_EQ(read_all(folder_.path()).front(), "record 4");

  auto dropped = journal_->reader(positions[0]);
  ASSERT_FALSE(dropped);
  EXPECT_EQ(dropped.error().code, Code::NotFound);
  EXPECT_THAT(dropped.error().message, HasSubstr("was dropped"));

  ASSERT_TRUE(journal_->drop_before({last + 10, 0}));
  EXPECT_THAT(segment_numbers(folder_.path()), ElementsAre(last));
  append("still here");
  EXPECT_EQ(read_all(folder_.path()).back(), "still here");
  open({.segment_bytes = 100, .sync = Sync::Os});
  EXPECT_EQ(read_all(folder_.path()).back(), "still here");
}

TEST_P(JournalTest, AReaderKeepsTheSegmentThatIsDroppedUnderIt) {
  open({.segment_bytes = 100, .sync = Sync::Os});
  for (int i = 0; i < 6; ++i) append("record " + std::to_string(i));
  auto reader = journal_->reader({});
  ASSERT_TRUE(reader && *reader->next());
  ASSERT_TRUE(journal_->drop_before({2, 0}));
  EXPECT_THAT(read_all(*reader),
              ElementsAre("record 1", "record 2", "record 3", "record 4", "record 5"));
}

TEST_P(JournalTest, APositionBehindTheEndBelongsToAnotherJournal) {
  open();
  append("one");
  for (Position position : {Position{1, 100'000}, Position{9, 48}}) {
    auto reader = journal_->reader(position);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, Code::StorageFailed);
    EXPECT_THAT(reader.error().message, HasSubstr("lies behind the end"));
    EXPECT_FALSE(JournalReader::open(folder_.path(), position));
  }
}

TEST_P(JournalTest, TwoJournalsCannotShareAFolder) {
  open();
  auto second = Journal::open(folder_.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::StorageFailed);
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST_P(JournalTest, ReadersOutliveTheJournal) {
  open();
  append("one");
  auto reader = journal_->reader({});
  ASSERT_TRUE(reader);
  journal_.reset();
  EXPECT_THAT(read_all(*reader), ElementsAre("one"));
}

TEST_P(JournalTest, AlwaysSyncsBeforeItAnswers) {
  open({.sync = Sync::Always});
  for (int i = 0; i < 3; ++i) {
    append("record");
    EXPECT_EQ(journal_->stats().synced, journal_->end());
  }
  EXPECT_GE(journal_->stats().syncs, 3u);
}

TEST_P(JournalTest, FlushSyncsFullSegmentsToo) {
  open({.segment_bytes = 100, .sync = Sync::Os});
  for (int i = 0; i < 6; ++i) append("record " + std::to_string(i));
  ASSERT_TRUE(journal_->flush());
  EXPECT_EQ(journal_->stats().synced, journal_->end());
}

TEST_P(JournalTest, TheIntervalSyncsWithoutBeingAsked) {
  open({.sync = Sync::Interval, .sync_interval_ms = 1});
  append("record");
  while (journal_->stats().synced < journal_->end()) std::this_thread::yield();
  const uint64_t syncs = journal_->stats().syncs;
  EXPECT_GE(syncs, 1u);
}

TEST_P(JournalTest, WaitersAreWokenByAnAppend) {
  open();
  const Position before = journal_->end();
  EXPECT_FALSE(journal_->wait_past(before, 0));
  std::thread appender([&] { append("record"); });
  EXPECT_TRUE(journal_->wait_past(before, 60'000));
  appender.join();
  EXPECT_TRUE(journal_->wait_past(before, 0));
}

TEST_P(JournalTest, ThreadsAppendAndReadAtOnceWithoutLosingOne) {
  constexpr int kThreads = 4, kEach = 500;
  open({.segment_bytes = 4096, .sync = Sync::Interval, .sync_interval_ms = 1});
  auto reader = journal_->reader({});
  ASSERT_TRUE(reader);
  std::vector<std::thread> threads;
  std::vector<std::vector<Position>> positions(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        positions[thread].push_back(append(std::to_string(thread) + ":" + std::to_string(i)));
      }
    });
  }
  std::vector<std::string> seen;
  while (seen.size() < kThreads * kEach) {
    (void)journal_->wait_past(reader->position(), 60'000);
    for (std::string& payload : read_all(*reader)) seen.push_back(std::move(payload));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), size_t{kThreads} * kEach);
  // Each thread's records stand in its own order, and every position is a record's.
  std::vector<int> next(kThreads, 0);
  for (const std::string& payload : seen) {
    const int thread = payload[0] - '0';
    EXPECT_EQ(payload.substr(2), std::to_string(next[thread]++));
  }
  for (const auto& of_thread : positions) EXPECT_TRUE(std::ranges::is_sorted(of_thread));
  EXPECT_EQ(read_all(folder_.path(), positions[2][100]).front(), "2:100");
}

INSTANTIATE_TEST_SUITE_P(Appending, JournalTest, testing::both_ways(), testing::name_of_way);

}  // namespace
}  // namespace tandem::store
