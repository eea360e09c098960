// Reserved, mapped space: what stands in the files while it is there, and after it.
#include "store/journal/appender.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/testing/journal_folder.h"
#include "store/testing/temp_folder.h"

namespace tandem::store {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using namespace testing;  // NOLINT: the helpers of this test

constexpr uint64_t kMiB = 1024 * 1024;

class MappedJournal : public ::testing::Test {
 protected:
  void SetUp() override {
    write_bytes(folder_ / "probe", "");
    if (!journal::keeps_reservations(*File::open(folder_ / "probe", O_RDWR))) {
      GTEST_SKIP() << "this file system does not keep reservations; the journal writes instead";
    }
    open(folder_.path());
  }
  void open(const fs::path& folder) {
    journal_.reset();
    auto opened = Journal::open(folder, {.sync = Sync::Os});
    ASSERT_TRUE(opened) << opened.error().describe();
    journal_ = *std::move(opened);
  }
  Position append(std::string_view payload) {
    auto at = journal_->append(RecordKind::Reserve, as_bytes(payload));
    EXPECT_TRUE(at) << at.error().describe();
    return at.value_or(Position());
  }
  fs::path segment(uint64_t number) const { return journal::segment_path(folder_.path(), number); }

  TempFolder folder_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(MappedJournal, SpaceIsReservedAheadAndGivenBackAtTheEnd) {
  append("one");
  EXPECT_EQ(fs::file_size(segment(1)), journal::kSegmentHeaderBytes + kMiB);
  journal_.reset();
  EXPECT_EQ(fs::file_size(segment(1)), journal::kSegmentHeaderBytes + 12 + 3);
}

TEST_F(MappedJournal, ASegmentThatHasASuccessorEndsWithItsLastRecord) {
  const std::string large(limits::kMaxJournalRecordBytes, 'x');
  const size_t record = journal::kRecordHeaderBytes + large.size();
  constexpr size_t kSegment = 64 * kMiB;
  const size_t fit = (kSegment - journal::kSegmentHeaderBytes) / record;
  for (size_t i = 0; i < fit + 1; ++i) append(large);
  EXPECT_EQ(fs::file_size(segment(1)), journal::kSegmentHeaderBytes + fit * record);
  EXPECT_EQ(read_all(folder_.path()).size(), fit + 1) << "windows of a MiB follow one another";
}

// A copy of the files at this moment is what kill -9 leaves.
TEST_F(MappedJournal, WhatWasReservedIsNoTornTail) {
  append("one");
  const Position zeros = append(std::string(100, '\0'));
  const TempFolder copy;
  fs::copy(folder_.path(), copy.path(), fs::copy_options::recursive);
  EXPECT_THAT(read_all(copy.path()), ElementsAre("one", std::string(100, '\0')))
      << "a reader of another process stops before the zeros";
  EXPECT_TRUE(JournalReader::open(copy.path(), {1, zeros.offset + 112}));
  EXPECT_FALSE(JournalReader::open(copy.path(), {1, zeros.offset + 113}))
      << "reserved space is behind the end";
  open(copy.path());
  EXPECT_EQ(journal_->stats().recovered_bytes, 0u);
  EXPECT_EQ(fs::file_size(journal::segment_path(copy.path(), 1)), zeros.offset + 112);
  append("after");
  EXPECT_THAT(read_all(copy.path()), ElementsAre("one", std::string(100, '\0'), "after"));
}

TEST_F(MappedJournal, ATornRecordInReservedSpaceIsSetAsideWithoutTheSpace) {
  append("one");
  const Position torn = append("two");
  journal_.reset();
  forget_synced(folder_.path());
  overwrite(segment(1), torn.offset + 12, "tw?");  // the pages of a power cut: not all are there
  fs::resize_file(segment(1), kMiB);
  open(folder_.path());
  EXPECT_EQ(journal_->stats().recovered_bytes, 15u + 12u);
  EXPECT_THAT(read_all(folder_.path()), ElementsAre("one"));
}

TEST_F(MappedJournal, APageThatAPowerCutLostEndsTheJournalThoughRecordsStandBehind) {
  append("one");
  const Position lost = append(std::string(5000, 'x'));
  append("three");
  journal_.reset();
  forget_synced(folder_.path());
  overwrite(segment(1), lost.offset, std::string(5012, '\0'));
  fs::resize_file(segment(1), kMiB);
  open(folder_.path());
  EXPECT_EQ(journal_->stats().recovered_bytes, 5012u + 17u + 12u);
  EXPECT_THAT(read_all(folder_.path()), ElementsAre("one"));
}

TEST_F(MappedJournal, ZerosWhereRecordsWereSyncedAreDamage) {
  append("one");
  const Position second = append("two");
  journal_.reset();
  overwrite(segment(1), second.offset, std::string(15, '\0'));
  auto opened = Journal::open(folder_.path());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("ends inside of what was synced"));
}

TEST_F(MappedJournal, AFileThatSomebodyCutDoesNotEndTheServer) {
  append("one");
  append(std::string(10'000, 'x'));
  fs::resize_file(segment(1), 100);
  append("two");
  append("three");
  EXPECT_EQ(journal_->stats().failures, 0u) << "what cannot be copied is written";
}

TEST(KeepsReservations, OnlyFileSystemsThatAreKnownTo) {
  EXPECT_FALSE(journal::keeps_reservations(*File::open("/proc/self/status", O_RDONLY)));
}

}  // namespace
}  // namespace tandem::store
