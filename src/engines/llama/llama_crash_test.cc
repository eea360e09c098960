// The supervisor against children that die, never start, hang, eat memory, or lose their parent.
#include <gmock/gmock.h>
#include <signal.h>

#include <future>

#include "engines/llama/testing.h"

namespace tandem::engines {
namespace {

using testing::HasSubstr;

using LlamaCrashTest = ServerTest;
constexpr int64_t kLongMs = 20'000;

TEST_F(LlamaCrashTest, AServerThatDiesIsRestarted) {
  LlamaServer server(supervisor_, fake());
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  EXPECT_FALSE(fetch(lease->base_url(), "/crash"));
  while (server.status().starts < 2) std::this_thread::yield();  // by itself
  EXPECT_FALSE(lease->current());
  const auto next = acquire(server);
  ASSERT_TRUE(next) << next.error().describe();
  EXPECT_NE(next->pid(), lease->pid());
  const ServerStatus status = server.status();
  EXPECT_EQ(status.deaths, 1U);
  EXPECT_THAT(status.last_error, HasSubstr("while it served: exit code 4"));
  EXPECT_THAT(status.last_error, HasSubstr("fatal: out of patience"));
}

TEST_F(LlamaCrashTest, AKilledServerIsRestarted) {
  LlamaServer server(supervisor_, fake());
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  ASSERT_EQ(::kill(lease->pid(), SIGKILL), 0);
  while (server.status().starts < 2) std::this_thread::yield();
  EXPECT_THAT(server.status().last_error, HasSubstr("signal 9"));
  EXPECT_TRUE(acquire(server));
}

TEST_F(LlamaCrashTest, AServerThatHangsIsKilledAndRestarted) {
  LlamaOptions options = fake();
  options.health = {.every_ms = 10, .timeout_ms = 100, .misses = 2};
  LlamaServer server(supervisor_, options);
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  ASSERT_EQ(::kill(lease->pid(), SIGSTOP), 0);
  while (server.status().starts < 2) std::this_thread::yield();
  EXPECT_FALSE(lease->current());
  const ServerStatus status = server.status();
  EXPECT_EQ(status.deaths, 1U);
  EXPECT_THAT(status.last_error, HasSubstr("while it served: hangs: no answer to 2 questions"));
  const auto next = acquire(server);
  ASSERT_TRUE(next) << next.error().describe();
  EXPECT_EQ(fetch(next->base_url(), "/health"), "{}");
}

// All its connections are taken and it computes: slow is not dead.
TEST_F(LlamaCrashTest, AServerThatIsBusyIsLeftAlone) {
  LlamaOptions options = fake({"--fake-one-at-a-time"});
  options.health = {.every_ms = 5, .timeout_ms = 200, .misses = 2};
  LlamaServer server(supervisor_, options);
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  EXPECT_TRUE(fetch(lease->base_url(), "/spin/1200"));
  EXPECT_TRUE(lease->current());
  EXPECT_EQ(server.status().deaths, 0U);
}

TEST_F(LlamaCrashTest, AFailedStartTellsWhyToEveryCaller) {
  LlamaOptions options = fake({"--fake-fail-start"});
  options.restart.first_delay_ms = 4'000;
  options.restart.max_delay_ms = 4'000;
  LlamaServer server(supervisor_, options);
  const auto lease = acquire(server);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::Unavailable);
  EXPECT_THAT(lease.error().message, HasSubstr("before it was ready: exit code 3"));
  EXPECT_THAT(lease.error().message, HasSubstr("error: tensor blk.0 is missing"));
  ASSERT_TRUE(lease.error().retry_after_s);
  EXPECT_GE(*lease.error().retry_after_s, 2);
  EXPECT_LE(*lease.error().retry_after_s, 4);
  // A call that cannot wait for the next start is refused at once, with the same reason.
  const auto hasty = acquire(server, 500);
  ASSERT_FALSE(hasty);
  EXPECT_EQ(hasty.error().code, Code::Unavailable);
  EXPECT_THAT(hasty.error().message, HasSubstr("tensor blk.0"));
}

TEST_F(LlamaCrashTest, ACallWaitsThroughThePauseAndGetsTheMendedServer) {
  touch("broken");
  LlamaServer server(supervisor_, fake({"--fake-fail-while", path("broken")}));
  EXPECT_FALSE(acquire(server));
  std::filesystem::remove(path("broken"));
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  EXPECT_EQ(server.status().deaths, 1U);
}

TEST_F(LlamaCrashTest, TooManyDeathsInARowMakeItRest) {
  LlamaServer server(supervisor_, fake({"--fake-fail-start"}));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(acquire(server));
  EXPECT_TRUE(server.wait_for(ServerPhase::Resting, kLongMs));
  const auto refused = acquire(server);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("ended 3 times in a row and rests"));
  EXPECT_THAT(refused.error().message, HasSubstr("tensor blk.0 is missing"));
  EXPECT_GE(refused.error().retry_after_s.value_or(0), 590);
  EXPECT_EQ(server.status().starts, 3U);
}

TEST_F(LlamaCrashTest, AfterTheRestACallTriesAgain) {
  touch("broken");
  LlamaOptions options = fake({"--fake-fail-while", path("broken")});
  options.restart.crashes_in_a_row = 1;
  options.restart.cool_down_ms = 20;
  LlamaServer server(supervisor_, options);
  EXPECT_FALSE(acquire(server));
  ASSERT_TRUE(server.wait_for(ServerPhase::Resting, kLongMs));
  std::filesystem::remove(path("broken"));
  Result<Lease> lease = acquire(server);
  while (!lease) lease = acquire(server);  // refused until the 20 ms are over
  EXPECT_EQ(server.status().starts, 2U);
}

TEST_F(LlamaCrashTest, AServerThatNeverGetsReadyIsGivenUp) {
  LlamaOptions options = fake({"--fake-never-ready"});
  options.start_timeout_ms = 300;
  LlamaServer server(supervisor_, options);
  const auto lease = acquire(server);
  ASSERT_FALSE(lease);
  EXPECT_THAT(lease.error().message, HasSubstr("not ready after 300 ms"));
  EXPECT_EQ(server.status().pid, -1);
}

TEST_F(LlamaCrashTest, AProgramThatIsMissingIsAClearError) {
  LlamaOptions options = fake();
  options.program = path("nothing");
  LlamaServer server(supervisor_, options);
  const auto lease = acquire(server);
  ASSERT_FALSE(lease);
  EXPECT_THAT(lease.error().message,
              HasSubstr(path("nothing") + " cannot be started: No such file"));
}

TEST_F(LlamaCrashTest, MemoryBeyondTheLimitEndsTheChildAlone) {
  LlamaOptions options = fake();
  options.memory_limit_bytes = 256ULL << 20;
  LlamaServer server(supervisor_, options);
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  EXPECT_TRUE(fetch(lease->base_url(), "/allocate/" + std::to_string(64 << 20)));
  EXPECT_FALSE(fetch(lease->base_url(), "/allocate/" + std::to_string(512 << 20)));
  while (server.status().deaths < 1) std::this_thread::yield();
  EXPECT_THAT(server.status().last_error, HasSubstr("error: out of memory"));
  EXPECT_TRUE(acquire(server));
}

// The death test runs this body again in a fresh process, which kills itself as kill -9 would; the
// child that it had started must not survive it.
TEST(LlamaOrphanTest, NoChildSurvivesAKilledParent) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  if (!::getenv("TANDEM_TEST_PID_FILE")) {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-orphan.XXXXXX").string();
    const int file = ::mkstemp(name.data());
    ASSERT_GE(file, 0);
    ::close(file);
    ::setenv("TANDEM_TEST_PID_FILE", name.c_str(), 1);
  }
  const std::string pid_file = ::getenv("TANDEM_TEST_PID_FILE");

  class Parent : public ServerTest {
   public:
    void TestBody() override {}
    void die(const std::string& pid_file) {
      LlamaServer server(supervisor_, fake({"--fake-ignore-term"}));
      const auto lease = acquire(server);
      std::ofstream(pid_file) << lease->pid() << std::flush;
      ::raise(SIGKILL);
    }
  };
  EXPECT_EXIT(Parent().die(pid_file), testing::KilledBySignal(SIGKILL), "");

  pid_t pid = -1;
  std::ifstream(pid_file) >> pid;
  std::filesystem::remove(pid_file);
  ::unsetenv("TANDEM_TEST_PID_FILE");
  ASSERT_GT(pid, 1);
  EXPECT_TRUE(has_ended(pid));
}

}  // namespace
}  // namespace tandem::engines
