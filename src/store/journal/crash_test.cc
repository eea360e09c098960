// kill -9 at random moments: what a child process acknowledged is read back, every time.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "store/journal.h"
#include "store/testing/journal_folder.h"
#include "store/testing/temp_folder.h"

namespace tandem::store {
namespace {

using testing::as_bytes;
using testing::as_text;
using testing::TempFolder;

struct Acknowledged {
  uint64_t number;
  Position position;
};

// Payloads of very different sizes, so that kills fall into short and long writes.
std::string payload_of(uint64_t number) {
  return std::to_string(number) +
         std::string(number * 7919 % 5000, static_cast<char>('a' + number % 26));
}

// Not a test: the child's life. It appends and then writes each acknowledgement to the pipe.
TEST(JournalCrashChild, DISABLED_AppendsUntilItIsKilled) {
  const char* folder = std::getenv("TANDEM_CRASH_FOLDER");
  const int pipe = std::atoi(std::getenv("TANDEM_CRASH_PIPE"));
  uint64_t number = std::strtoull(std::getenv("TANDEM_CRASH_NEXT"), nullptr, 10);
  const bool is_mapped = std::string_view(std::getenv("TANDEM_CRASH_WAY")) == "Mapped";
  const Appending way = is_mapped ? Appending::Mapped : Appending::Written;
  auto journal =
      Journal::open(folder, {.segment_bytes = 200'000, .sync = Sync::Interval, .appending = way});
  ASSERT_TRUE(journal) << journal.error().describe();
  while (true) {
    auto at = (*journal)->append(RecordKind::Reserve, as_bytes(payload_of(number)));
    ASSERT_TRUE(at) << at.error().describe();
    const Acknowledged acknowledged{number++, *at};
    ASSERT_EQ(::write(pipe, &acknowledged, sizeof(acknowledged)),
              static_cast<ssize_t>(sizeof(acknowledged)));
  }
}

// Runs this program again as the child; returns its pid and the reading end of the pipe.
std::pair<pid_t, int> start_child(const std::filesystem::path& folder, uint64_t next,
                                  Appending way) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const std::string pipe = std::to_string(ends[1]), from = std::to_string(next);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::setenv("TANDEM_CRASH_FOLDER", folder.c_str(), 1);
    ::setenv("TANDEM_CRASH_PIPE", pipe.c_str(), 1);
    ::setenv("TANDEM_CRASH_NEXT", from.c_str(), 1);
    ::setenv("TANDEM_CRASH_WAY", way == Appending::Mapped ? "Mapped" : "Written", 1);
    ::execl("/proc/self/exe", "crash", "--gtest_also_run_disabled_tests",
            "--gtest_filter=JournalCrashChild.*", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  return {child, ends[0]};
}

// Kills the child once it has acknowledged `count` records; whatever else it managed to acknowledge
// counts too.
std::vector<Acknowledged> run_and_kill(const std::filesystem::path& folder, uint64_t next,
                                       size_t count, Appending way) {
  auto [child, pipe] = start_child(folder, next, way);
  std::vector<Acknowledged> all;
  Acknowledged one;
  bool killed = false;
  while (::read(pipe, &one, sizeof(one)) == static_cast<ssize_t>(sizeof(one))) {
    all.push_back(one);
    if (!killed && all.size() >= count) killed = ::kill(child, SIGKILL) == 0;
  }
  ::close(pipe);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
  return all;
}

class JournalCrash : public ::testing::TestWithParam<Appending> {};

TEST_P(JournalCrash, WhatWasAcknowledgedSurvivesKillMinusNine) {
  constexpr int kKills = 25;
  const TempFolder folder;
  std::mt19937 random(20260728);
  std::vector<Acknowledged> acknowledged;
  uint64_t next = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    const size_t count = 1 + random() % 400;
    for (const Acknowledged& one : run_and_kill(folder.path(), next, count, GetParam())) {
      acknowledged.push_back(one);
    }
    // The child may have appended one more than it could tell.
    next = acknowledged.back().number + 2;
  }
  auto journal = Journal::open(folder.path());
  ASSERT_TRUE(journal) << journal.error().describe();
  auto reader = *(*journal)->reader({});
  size_t found = 0, unacknowledged = 0;
  while (true) {
    auto record = reader.next();
    ASSERT_TRUE(record) << record.error().describe();
    if (!*record) break;
    if (found < acknowledged.size() && (*record)->position == acknowledged[found].position) {
      EXPECT_EQ(as_text((*record)->payload), payload_of(acknowledged[found].number));
      ++found;
    } else {
      ++unacknowledged;
    }
  }
  EXPECT_EQ(found, acknowledged.size());
  EXPECT_LE(unacknowledged, static_cast<size_t>(kKills)) << "at most one for each kill";
  RecordProperty("acknowledged", static_cast<int>(acknowledged.size()));
}

INSTANTIATE_TEST_SUITE_P(Appending, JournalCrash, testing::both_ways(), testing::name_of_way);

}  // namespace
}  // namespace tandem::store
