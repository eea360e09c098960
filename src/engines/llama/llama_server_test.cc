// The supervisor against a fake child that really runs: starting, sharing, idling, stopping.
#include <gmock/gmock.h>
#include <signal.h>

#include <boost/json.hpp>
#include <future>
#include <set>

#include "engines/llama/process_info.h"
#include "engines/llama/testing.h"

namespace tandem::engines {
namespace {

using testing::HasSubstr;

using LlamaServerTest = ServerTest;
constexpr int64_t kLongMs = 20'000;

TEST_F(LlamaServerTest, NothingRunsBeforeTheFirstCall) {
  LlamaServer server(supervisor_, fake());
  const ServerStatus status = server.status();
  EXPECT_EQ(status.phase, ServerPhase::Stopped);
  EXPECT_EQ(status.pid, -1);
  EXPECT_EQ(status.starts, 0U);
}

TEST_F(LlamaServerTest, StartsOnDemandAndServes) {
  LlamaServer server(supervisor_, fake());
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  EXPECT_EQ(fetch(lease->base_url(), "/health"), "{}");
  const ServerStatus status = server.status();
  EXPECT_EQ(status.phase, ServerPhase::Ready);
  EXPECT_EQ(status.base_url, lease->base_url());
  EXPECT_EQ(status.pid, lease->pid());
  EXPECT_EQ(status.leases, 1);
  EXPECT_GT(status.resident_bytes, 1'000'000U);
  EXPECT_TRUE(lease->current());
}

TEST_F(LlamaServerTest, ManyCallersShareOneStart) {
  LlamaServer server(supervisor_, fake({"--fake-ready-when", path("go")}));
  std::vector<std::future<Result<Lease>>> calls;
  for (size_t i = 0; i < 24; ++i) {
    calls.push_back(
        std::async(std::launch::async, [&, i] { return acquire(server, 60'000, i % 2); }));
  }
  ASSERT_TRUE(server.wait_for(ServerPhase::Starting, kLongMs));
  while (server.status().waiting < 24) std::this_thread::yield();
  touch("go");
  std::set<pid_t> pids;
  std::vector<Lease> leases;
  for (auto& call : calls) {
    auto lease = call.get();
    ASSERT_TRUE(lease) << lease.error().describe();
    pids.insert(lease->pid());
    leases.push_back(*std::move(lease));
  }
  EXPECT_EQ(pids.size(), 1U);
  EXPECT_EQ(server.status().leases, 24);
  EXPECT_EQ(server.status().starts, 1U);
  leases.clear();
  EXPECT_EQ(server.status().leases, 0);
}

TEST_F(LlamaServerTest, TheChildGetsWhatItNeedsAndNothingElse) {
  ASSERT_EQ(::setenv("TANDEM_ADMIN_KEY", "tk-secret", 1), 0);
  ASSERT_EQ(::setenv("OPENAI_API_KEY", "sk-secret", 1), 0);
  ::signal(SIGUSR1, SIG_IGN);
  LlamaOptions options = fake();
  options.context_tokens = 1'000;
  options.parallel = 3;
  options.threads = 2;
  LlamaServer server(supervisor_, options);
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  const auto text = fetch(lease->base_url(), "/describe");
  ASSERT_TRUE(text);
  const auto told = boost::json::parse(*text).as_object();
  EXPECT_EQ(boost::json::serialize(told.at("arguments")),
            R"(["--model","fake.gguf","--alias","fake","--host","127.0.0.1","--port","0",)"
            R"("--ctx-size","3000","--parallel","3","--threads","2"])");
  const auto& environment = told.at("environment").as_object();
  EXPECT_TRUE(environment.contains("PATH"));
  EXPECT_FALSE(environment.contains("TANDEM_ADMIN_KEY"));
  EXPECT_FALSE(environment.contains("OPENAI_API_KEY"));
  EXPECT_EQ(environment.at("LLAMA_API_KEY").as_string(), lease->api_key());
  EXPECT_EQ(told.at("group").as_int64(), lease->pid());  // leads its own process group
  EXPECT_EQ(told.at("oom").as_string(), "500");
  EXPECT_EQ(told.at("blocked signals").as_int64(), 0);
  EXPECT_EQ(told.at("ignored signals").as_int64() & (1 << (SIGUSR1 - 1)), 0);
  // Standard streams, its listener, this connection, the listing itself: nothing of ours. The
  // connection that asked for its health may take a moment to end.
  size_t descriptors = told.at("descriptors").as_array().size();
  for (int looks = 0; descriptors > 7 && looks < 200; ++looks) {
    const auto again = boost::json::parse(*fetch(lease->base_url(), "/describe")).as_object();
    descriptors = again.at("descriptors").as_array().size();
  }
  EXPECT_LE(descriptors, 7U);
}

TEST_F(LlamaServerTest, AnIdleServerIsUnloadedAndComesBack) {
  LlamaOptions options = fake();
  options.idle_unload_ms = 30;
  LlamaServer server(supervisor_, options);
  pid_t first;
  {
    const auto lease = acquire(server);
    ASSERT_TRUE(lease) << lease.error().describe();
    first = lease->pid();
    EXPECT_FALSE(server.wait_for(ServerPhase::Stopped, 150));  // a lease keeps it
  }
  EXPECT_TRUE(server.wait_for(ServerPhase::Stopped, kLongMs));
  EXPECT_TRUE(has_ended(first));
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  EXPECT_NE(lease->pid(), first);
  EXPECT_EQ(server.status().deaths, 0U);  // it was asked to end
}

TEST_F(LlamaServerTest, UnloadEndsTheChildAndACallStartsAnother) {
  LlamaServer server(supervisor_, fake());
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  server.unload();
  EXPECT_TRUE(server.wait_for(ServerPhase::Stopped, kLongMs));
  EXPECT_FALSE(lease->current());
  const auto next = acquire(server);
  ASSERT_TRUE(next) << next.error().describe();
  EXPECT_NE(next->pid(), lease->pid());
  EXPECT_NE(next->api_key(), lease->api_key());
  EXPECT_EQ(server.status().leases, 1);  // the old lease no longer counts
}

TEST_F(LlamaServerTest, AChildThatIgnoresTermIsKilled) {
  LlamaOptions options = fake({"--fake-ignore-term"});
  options.stop_grace_ms = 50;
  pid_t pid;
  {
    LlamaServer server(supervisor_, options);
    const auto lease = acquire(server);
    ASSERT_TRUE(lease) << lease.error().describe();
    pid = lease->pid();
  }
  EXPECT_TRUE(has_ended(pid));
}

TEST_F(LlamaServerTest, TheDestructorEndsAChildThatStillLoads) {
  std::future<Result<Lease>> call;
  pid_t pid;
  {
    LlamaServer server(supervisor_, fake({"--fake-never-ready"}));
    call = std::async(std::launch::async, [&] { return acquire(server); });
    ASSERT_TRUE(server.wait_for(ServerPhase::Starting, kLongMs));
    while (server.status().waiting < 1) std::this_thread::yield();
    pid = server.status().pid;
  }
  EXPECT_TRUE(has_ended(pid));
  const auto outcome = call.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::Unavailable);
  EXPECT_THAT(outcome.error().message, HasSubstr("being unloaded"));
}

TEST_F(LlamaServerTest, ADeadlineEndsTheWaitButNotTheStart) {
  LlamaServer server(supervisor_, fake({"--fake-ready-when", path("go")}));
  const auto late = acquire(server, 30);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::DeadlineExceeded);
  EXPECT_EQ(server.status().waiting, 0);
  touch("go");
  EXPECT_TRUE(server.wait_for(ServerPhase::Ready, kLongMs));
  const auto lease = acquire(server);
  ASSERT_TRUE(lease) << lease.error().describe();
  EXPECT_EQ(server.status().starts, 1U);
}

TEST_F(LlamaServerTest, ACancelledCallStopsWaiting) {
  LlamaServer server(supervisor_, fake({"--fake-never-ready"}));
  std::optional<Code> code;
  threads_.run_task(0, [&](IoThread& thread) -> Task<void> {
    CancelSource cancel;
    Deadlines& deadlines = thread.deadlines();
    DeadlineWatch soon(deadlines, Deadline::after_ms(20, steady_now_us()), [&] { cancel.fire(); });
    auto lease = co_await server.acquire(Deadline{}, &cancel);
    if (!lease) code = lease.error().code;
  });
  EXPECT_EQ(code, Code::Cancelled);
  EXPECT_EQ(server.status().waiting, 0);
}

TEST_F(LlamaServerTest, OnlySoManyCallsWait) {
  LlamaOptions options = fake({"--fake-never-ready"});
  options.max_waiting = 1;
  std::future<Result<Lease>> first;  // ends after the server's destructor has refused it
  LlamaServer server(supervisor_, options);
  first = std::async(std::launch::async, [&] { return acquire(server, 60'000, 1); });
  while (server.status().waiting < 1) std::this_thread::yield();
  const auto second = acquire(server);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::Overloaded);
  EXPECT_EQ(second.error().retry_after_s, 1);
}

TEST_F(LlamaServerTest, CpuTimeIsDividedAmongTheLeases) {
  LlamaServer server(supervisor_, fake());
  auto alone = acquire(server);
  ASSERT_TRUE(alone) << alone.error().describe();
  ASSERT_TRUE(fetch(alone->base_url(), "/spin/100"));
  const int64_t first_us = alone->cpu_us();
  EXPECT_GE(first_us, 100'000);
  auto beside = acquire(server);
  ASSERT_TRUE(fetch(alone->base_url(), "/spin/100"));
  const int64_t half_us = beside->cpu_us();
  EXPECT_GE(half_us, 50'000);
  EXPECT_NEAR(static_cast<double>(alone->cpu_us() - first_us), static_cast<double>(half_us),
              20'000);
  EXPECT_LE(alone->cpu_us() + beside->cpu_us(), server.status().cpu_us);
}

}  // namespace
}  // namespace tandem::engines
