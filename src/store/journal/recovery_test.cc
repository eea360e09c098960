// What opening a journal makes of torn tails and damage.
#include "store/journal/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/testing/journal_folder.h"
#include "store/testing/temp_folder.h"

namespace tandem::store {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;  // NOLINT: the helpers of this test

class RecoveryTest : public ::testing::TestWithParam<Appending> {
 protected:
  // Writes records 0 to 5, two a segment, and closes the journal.
  void write_six() {
    auto journal = *Journal::open(folder_.path(), options());
    for (int i = 0; i < 6; ++i) {
      positions_.push_back(
          *journal->append(RecordKind::Reserve, as_bytes("record " + std::to_string(i))));
    }
    ends_ = journal->end();
    ASSERT_EQ(positions_.back().segment, 3u);
  }
  JournalOptions options() const {
    return {.segment_bytes = 100, .sync = Sync::Os, .appending = GetParam()};
  }
  fs::path segment(uint64_t number) const { return journal::segment_path(folder_.path(), number); }
  Result<std::unique_ptr<Journal>> open() { return Journal::open(folder_.path(), options()); }
  std::vector<std::string> names(std::string_view extension) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().extension() == extension) found.push_back(entry.path().filename());
    }
    return found;
  }

  TempFolder folder_;
  std::vector<Position> positions_;
  Position ends_;
};

TEST_P(RecoveryTest, EveryCutOfTheLastRecordLosesOnlyThatRecord) {
  write_six();
  const std::string whole = read_bytes(segment(3));
  for (uint64_t size = positions_[5].offset + 1; size < whole.size(); ++size) {
    const TempFolder copy;
    fs::copy(folder_.path(), copy.path(), fs::copy_options::recursive);
    forget_synced(copy.path());
    fs::resize_file(journal::segment_path(copy.path(), 3), size);
    {
      auto journal = Journal::open(copy.path(), options());
      ASSERT_TRUE(journal) << journal.error().describe();
      EXPECT_EQ((*journal)->stats().recovered_bytes, size - positions_[5].offset);
      EXPECT_EQ((*journal)->append(RecordKind::Settle, as_bytes("after"))->segment, 4u)
          << "no position is used twice";
    }
    EXPECT_THAT(read_all(copy.path()),
                ElementsAre("record 0", "record 1", "record 2", "record 3", "record 4", "after"));
    // A reader that had got further than what is left goes on with what is new.
    EXPECT_THAT(read_all(copy.path(), ends_), ElementsAre("after"));
    EXPECT_EQ(fs::file_size(copy.path() / ("00000000000000000003." +
                                           std::to_string(positions_[5].offset) + ".torn")),
              size - positions_[5].offset);
  }
}

TEST_P(RecoveryTest, ACutBetweenRecordsStartsANewSegmentToo) {
  write_six();
  forget_synced(folder_.path());
  fs::resize_file(segment(3), positions_[5].offset);
  auto journal = open();
  ASSERT_TRUE(journal);
  EXPECT_EQ((*journal)->stats().recovered_bytes, 0u);
  EXPECT_EQ((*journal)->end().segment, 4u)
      << "records may have stood behind, and may have been read";
}

TEST_P(RecoveryTest, AHoleThatAPowerCutLeftEndsTheJournalThere) {
  write_six();
  forget_synced(folder_.path());
  overwrite(segment(2), positions_[2].offset, std::string(10, '\0'));
  auto journal = open();
  ASSERT_TRUE(journal) << journal.error().describe();
  EXPECT_THAT(read_all(folder_.path()), ElementsAre("record 0", "record 1"));
  EXPECT_THAT(segment_numbers(folder_.path()), ElementsAre(1, 2, 4));
  EXPECT_THAT(names(".torn"), ::testing::UnorderedElementsAre("00000000000000000002.48.torn",
                                                              "00000000000000000003.torn"));
  ASSERT_TRUE((*journal)->append(RecordKind::Reserve, as_bytes("after")));
  EXPECT_THAT(read_all(folder_.path(), positions_[4]), ElementsAre("after"))
      << "from a position whose segment was set aside";
}

TEST_P(RecoveryTest, DamageOfWhatWasSyncedIsAnErrorThatNamesFileAndOffset) {
  write_six();
  overwrite(segment(3), positions_[4].offset + 14, "X");
  auto journal = open();
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, Code::StorageFailed);
  EXPECT_THAT(
      journal.error().message,
      AllOf(HasSubstr(segment(3)), HasSubstr("byte " + std::to_string(positions_[4].offset))));
  EXPECT_FALSE(journal.error().hint.empty());
  EXPECT_THAT(names(".torn"), ElementsAre()) << "nothing was touched";
}

TEST_P(RecoveryTest, AFileShorterThanWhatWasSyncedIsAnError) {
  write_six();
  fs::resize_file(segment(3), positions_[5].offset);
  auto journal = open();
  ASSERT_FALSE(journal);
  EXPECT_THAT(journal.error().message, HasSubstr("ends inside of what was synced"));
}

TEST_P(RecoveryTest, ABadHeaderOfWhatWasSyncedIsAnError) {
  write_six();
  overwrite(segment(3), 0, "X");
  auto journal = open();
  ASSERT_FALSE(journal);
  EXPECT_THAT(journal.error().message, HasSubstr("header"));
}

TEST_P(RecoveryTest, ASegmentThatWasJustBeingCreatedIsSetAside) {
  write_six();
  for (std::string_view content : {std::string_view(""), std::string_view("TNDMJR")}) {
    write_bytes(segment(4), content);
    auto journal = open();
    ASSERT_TRUE(journal) << journal.error().describe();
    EXPECT_THAT(read_all(folder_.path()).size(), 6u);
    EXPECT_THAT(segment_numbers(folder_.path()), ElementsAre(1, 2, 3, 5));
    journal->reset();
    fs::remove(segment(5));
    fs::remove(folder_ / "state");
    fs::remove(folder_ / "00000000000000000004.torn");
  }
}

TEST_P(RecoveryTest, DamageOfAnOlderSegmentIsFoundByItsReaderWhichMaySkipIt) {
  write_six();
  overwrite(segment(2), positions_[3].offset + 13, "X");
  auto journal = open();
  ASSERT_TRUE(journal) << "older files are not read at the start";
  auto reader = (*journal)->reader({});
  ASSERT_TRUE(reader);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(*reader->next());
  for (int i = 0; i < 2; ++i) {
    auto damaged = reader->next();
    ASSERT_FALSE(damaged) << "again and again";
    EXPECT_EQ(damaged.error().code, Code::StorageFailed);
    EXPECT_THAT(
        damaged.error().message,
        AllOf(HasSubstr(segment(2)), HasSubstr("byte " + std::to_string(positions_[3].offset))));
  }
  ASSERT_EQ(reader->skip_damaged_segment(), true);
  EXPECT_THAT(read_all(*reader), ElementsAre("record 4", "record 5"));
  EXPECT_EQ(reader->skip_damaged_segment(), false);
}

TEST_P(RecoveryTest, AMissingSegmentIsNoticed) {
  write_six();
  fs::remove(segment(2));
  auto reader = JournalReader::open(folder_.path(), {});
  ASSERT_TRUE(reader);
  ASSERT_TRUE(*reader->next() && *reader->next());
  auto missing = reader->next();
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("missing between segments 1 and 3"));
  ASSERT_EQ(reader->skip_damaged_segment(), true);
  EXPECT_THAT(read_all(*reader), ElementsAre("record 4", "record 5"));

  auto inside = JournalReader::open(folder_.path(), positions_[2]);
  ASSERT_TRUE(inside);
  EXPECT_FALSE(inside->next());
}

TEST_P(RecoveryTest, WhereTheNewestFileWasMovedAwayItsNumberIsNotUsedAgain) {
  write_six();
  fs::remove(segment(3));
  auto journal = open();
  ASSERT_TRUE(journal) << journal.error().describe();
  EXPECT_EQ((*journal)->end().segment, 4u);
  ASSERT_TRUE((*journal)->append(RecordKind::Reserve, as_bytes("after")));
  auto reader = (*journal)->reader(positions_[5]);
  ASSERT_TRUE(reader);
  auto missing = reader->next();
  ASSERT_FALSE(missing) << "what is gone is not passed over in silence";
  ASSERT_EQ(reader->skip_damaged_segment(), true);
  EXPECT_THAT(read_all(*reader), ElementsAre("after"));
}

TEST_P(RecoveryTest, ARenamedSegmentAndANewerFormatAreRefused) {
  write_six();
  fs::copy(segment(1), segment(9));
  auto renamed = open();
  ASSERT_FALSE(renamed);
  EXPECT_THAT(renamed.error().message, HasSubstr("segment 1 under another name"));
  fs::remove(segment(9));

  const auto header = journal::encode({.version = 2, .number = 4, .previous = 3});
  write_bytes(segment(4), as_text(header));
  auto newer = open();
  ASSERT_FALSE(newer);
  EXPECT_THAT(newer.error().message, HasSubstr("format version 2"));
}

TEST_P(RecoveryTest, StrangeFilesInTheFolderAreLeftAlone) {
  write_six();
  write_bytes(folder_ / "README.journal", "hello");
  write_bytes(folder_ / "0000000000000000000x.journal", "hello");
  auto journal = open();
  ASSERT_TRUE(journal);
  EXPECT_EQ(read_all(folder_.path()).size(), 6u);
  EXPECT_TRUE(fs::exists(folder_ / "README.journal"));
}

TEST_P(RecoveryTest, AnUnreadableStateOnlyMakesRecoveryLenient) {
  write_six();
  write_bytes(folder_ / "state", "nonsense");
  auto journal = open();
  ASSERT_TRUE(journal) << journal.error().describe();
  EXPECT_EQ(read_all(folder_.path()).size(), 6u);
}

TEST_P(RecoveryTest, AReaderOfAnotherProcessWaitsAtATornTail) {
  write_six();
  forget_synced(folder_.path());
  fs::resize_file(segment(3), fs::file_size(segment(3)) - 1);
  EXPECT_EQ(read_all(folder_.path()).size(), 5u) << "it may still be in the act of being written";
}

INSTANTIATE_TEST_SUITE_P(Appending, RecoveryTest, testing::both_ways(), testing::name_of_way);

}  // namespace
}  // namespace tandem::store
