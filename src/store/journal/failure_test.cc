// Disks that are full or refuse: the journal stays well formed and goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "store/journal.h"
#include "store/testing/journal_folder.h"
#include "store/testing/temp_folder.h"

namespace tandem::store {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::as_bytes;
using ::testing::HasSubstr;
using testing::read_all;
using testing::TempFolder;

// While it lives, no file may grow beyond `bytes`: a write that crosses the limit is short, the
// next fails with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit tight = before_;
    tight.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

std::string numbered(size_t number) {
  return std::to_string(number) + std::string(90, '.');
}

// Appends until it fails; returns the failure.
Error fill(Journal& journal, size_t& acknowledged) {
  while (true) {
    auto at = journal.append(RecordKind::Reserve, as_bytes(numbered(acknowledged)));
    if (!at) return at.error();
    ++acknowledged;
  }
}

void expect_whole(const fs::path& folder, size_t acknowledged) {
  const auto payloads = read_all(folder);
  ASSERT_EQ(payloads.size(), acknowledged);
  for (size_t i = 0; i < payloads.size(); ++i) EXPECT_EQ(payloads[i], numbered(i));
}

class JournalFailure : public ::testing::TestWithParam<Appending> {};

TEST_P(JournalFailure, AShortWriteIsUndoneAndAppendingGoesOn) {
  const TempFolder folder;
  size_t acknowledged = 0;
  {
    auto journal = *Journal::open(folder.path(), {.sync = Sync::Os, .appending = GetParam()});
    {
      const FileSizeLimit limit(1000);
      const Error error = fill(*journal, acknowledged);
      EXPECT_EQ(error.code, Code::StorageFailed);
      EXPECT_THAT(error.message, AllOf(HasSubstr(folder.path()), HasSubstr("File too large")));
      EXPECT_EQ(acknowledged, (1000 - 48) / (91 + 12)) << "records of 103 bytes behind 48";
      EXPECT_EQ(fs::file_size(folder / "00000000000000000001.journal"), 48 + acknowledged * 103);
      expect_whole(folder.path(), acknowledged);
      EXPECT_FALSE(journal->append(RecordKind::Reserve, as_bytes(numbered(acknowledged))));
    }
    EXPECT_EQ(journal->stats().failures, 2u);
    ASSERT_TRUE(journal->append(RecordKind::Reserve, as_bytes(numbered(acknowledged++))));
    auto reader = *journal->reader({});
    EXPECT_EQ(read_all(reader).size(), acknowledged);
  }
  auto again = Journal::open(folder.path());
  ASSERT_TRUE(again) << again.error().describe();
  EXPECT_EQ((*again)->stats().recovered_bytes, 0u);
  expect_whole(folder.path(), acknowledged);
}

TEST_P(JournalFailure, WhereANewSegmentCannotBeCreatedTheOldOneStands) {
  const TempFolder folder;
  auto journal = *Journal::open(folder.path(),
                                {.segment_bytes = 300, .sync = Sync::Os, .appending = GetParam()});
  size_t acknowledged = 0;
  for (; acknowledged < 2; ++acknowledged) {
    ASSERT_TRUE(journal->append(RecordKind::Reserve, as_bytes(numbered(acknowledged))));
  }
  {
    const FileSizeLimit limit(10);
    EXPECT_FALSE(journal->append(RecordKind::Reserve, as_bytes(numbered(acknowledged))));
    EXPECT_FALSE(fs::exists(folder / "00000000000000000002.journal"));
  }
  ASSERT_TRUE(journal->append(RecordKind::Reserve, as_bytes(numbered(acknowledged++))));
  EXPECT_TRUE(fs::exists(folder / "00000000000000000002.journal"));
  expect_whole(folder.path(), acknowledged);
}

// The descriptor under which this process has `path` open; -1 where it has not.
int descriptor_of(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (fs::read_symlink(entry.path(), ignored) == path) {
      return std::stoi(entry.path().filename().string());
    }
  }
  return -1;
}

TEST_P(JournalFailure, AfterAFailedSyncNothingMoreIsAcceptedUntilARestart) {
  const TempFolder folder;
  {
    auto journal = *Journal::open(folder.path(), {.sync = Sync::Os, .appending = GetParam()});
    ASSERT_TRUE(journal->append(RecordKind::Reserve, as_bytes("one")));
    // A pipe in the file's place cannot be synced, as a file on a dying disk cannot.
    const int file = descriptor_of(folder / "00000000000000000001.journal");
    ASSERT_GE(file, 0);
    const int kept = ::dup(file);
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    ::dup2(pipe[1], file);
    auto flushed = journal->flush();
    ::dup2(kept, file);
    for (int descriptor : {kept, pipe[0], pipe[1]}) ::close(descriptor);

    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().code, Code::StorageFailed);
    auto refused = journal->append(RecordKind::Reserve, as_bytes("two"));
    ASSERT_FALSE(refused) << "the disk seems well again, but the kernel may have dropped pages";
    EXPECT_THAT(refused.error().message, HasSubstr("The journal stopped"));
    EXPECT_THAT(refused.error().hint, HasSubstr("restart"));
    EXPECT_FALSE(journal->flush());
  }
  auto again = Journal::open(folder.path());
  ASSERT_TRUE(again) << again.error().describe();
  ASSERT_TRUE((*again)->append(RecordKind::Reserve, as_bytes("three")));
  EXPECT_THAT(read_all(folder.path()), ::testing::ElementsAre("one", "three"));
}

// A real full disk, where the tests may mount one.
class FullDisk : public ::testing::TestWithParam<Appending> {
 protected:
  void SetUp() override {
    if (::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=256k") != 0) {
      GTEST_SKIP() << "mounting a small tmpfs needs root; the other tests cover short writes";
    }
    mounted_ = true;
  }
  ~FullDisk() override {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }

  TempFolder folder_;
  bool mounted_ = false;
};

TEST_P(FullDisk, TheJournalSaysSoStaysWholeAndGoesOnWhenThereIsRoom) {
  const fs::path journal_folder = folder_ / "journal";
  testing::write_bytes(folder_ / "ballast", std::string(64 * 1024, 'x'));
  size_t acknowledged = 0;
  {
    auto journal = *Journal::open(
        journal_folder, {.segment_bytes = 50'000, .sync = Sync::Always, .appending = GetParam()});
    const Error error = fill(*journal, acknowledged);
    EXPECT_EQ(error.code, Code::StorageFailed);
    EXPECT_THAT(error.message, HasSubstr("No space left"));
    EXPECT_THAT(error.hint, HasSubstr("Free space"));
    EXPECT_GT(acknowledged, 1000u);
    expect_whole(journal_folder, acknowledged);
    fs::remove(folder_ / "ballast");
    ASSERT_TRUE(journal->append(RecordKind::Reserve, as_bytes(numbered(acknowledged++))));
    fill(*journal, acknowledged);
  }
  auto full = Journal::open(journal_folder);
  EXPECT_TRUE(full) << "a full disk does not keep a whole journal from opening: "
                    << full.error().describe();
  expect_whole(journal_folder, acknowledged);
}

TEST_P(FullDisk, AReadOnlyFileSystemIsSaid) {
  const fs::path journal_folder = folder_ / "journal";
  { ASSERT_TRUE(Journal::open(journal_folder)); }
  ASSERT_EQ(::mount(nullptr, folder_.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  auto journal = Journal::open(journal_folder);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, Code::StorageFailed);
  EXPECT_THAT(journal.error().message, HasSubstr("Read-only file system"));
}

INSTANTIATE_TEST_SUITE_P(Appending, JournalFailure, testing::both_ways(), testing::name_of_way);
INSTANTIATE_TEST_SUITE_P(Appending, FullDisk, testing::both_ways(), testing::name_of_way);

}  // namespace
}  // namespace tandem::store
