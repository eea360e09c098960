// Control flow around co_await, early returns, lifetimes of spawned tasks and cleaning up after
// cancellation: each in the form that the server uses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/async/scope.h"
#include "tracked.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

namespace tandem::toolchain {
namespace {

using testing::ElementsAre;

class Flow : public testing::Test {
 protected:
  void SetUp() override { Tracked::reset(); }
  void TearDown() override {
    EXPECT_EQ(Tracked::living(), 0);
    EXPECT_EQ(Tracked::destroyed_twice(), 0);
  }
};

Task<std::optional<Tracked>> next(int& left) {
  co_await turn();
  if (left == 0) co_return std::nullopt;
  co_return Tracked(left--);
}

Task<int> loops() {
  int total = 0;
  int left = 3;
  while (auto item = co_await next(left)) total += item->value();
  if (auto made = co_await make(10); made.value() > 5) total += made.value();
  switch ((co_await make(2)).value()) {
    case 2:
      total += 100;
      break;
    default:
      total = -1;
  }
  co_return total;
}
TEST_F(Flow, WhileIfAndSwitch) {
  EXPECT_EQ(run(loops), 116);
}

Task<std::vector<Tracked>> several() {
  std::vector<Tracked> all{Tracked(1), Tracked(2), Tracked(4)};
  co_await turn();
  co_return all;
}
Task<int> range_for() {
  int total = 0;
  for (const Tracked& tracked : co_await several()) total += tracked.value();
  co_return total;
}
TEST_F(Flow, RangeForOverAnAwaitedVector) {
  EXPECT_EQ(run(range_for), 7);
}

Task<bool> answer(bool value) {
  co_await turn();
  co_return value;
}
Task<int> short_circuit() {
  int value = 0;
  if (co_await answer(true) || co_await answer(false)) value += 1;
  if (co_await answer(false) && co_await answer(true)) value += 10;
  co_return value;
}
TEST_F(Flow, ShortCircuit) {
  EXPECT_EQ(run(short_circuit), 1);
}

Task<std::pair<Tracked, std::string>> two() {
  co_await turn();
  co_return std::pair(Tracked(6), std::string("six"));
}
Task<int> bindings() {
  auto [tracked, name] = co_await two();
  co_return tracked.value() + static_cast<int>(name.size());
}
TEST_F(Flow, StructuredBindings) {
  EXPECT_EQ(run(bindings), 9);
}

Task<int> fails() {
  co_await turn();
  throw std::runtime_error("broken");
}
// co_await inside a handler is ill-formed: note what happened, leave the handler, then await.
Task<int> await_after_catch() {
  Tracked kept(1);
  bool failed = false;
  try {
    co_await fails();
  } catch (const std::runtime_error&) {
    failed = true;
  }
  if (failed) co_return kept.value() + (co_await make(4)).value();
  co_return 0;
}
TEST_F(Flow, AwaitAfterTheHandler) {
  EXPECT_EQ(run(await_after_catch), 5);
}

Task<int> throws_through() {
  Tracked kept(1);
  co_return co_await sum(Pair{Tracked(co_await fails()), kept});
}
TEST_F(Flow, AnExceptionFreesEveryTemporary) {
  EXPECT_THROW(run(throws_through), std::exception);
}

Task<Result<std::unique_ptr<Tracked>>> find(int value) {
  co_await turn();
  if (value < 0) co_return fail(Code::NotFound, "no such value");
  co_return std::make_unique<Tracked>(value);
}
Task<Result<int>> doubled(int value) {
  Tracked kept(value);
  CO_TRY(auto found, co_await find(value));
  CO_TRY(const std::unique_ptr<Tracked> again, co_await find(found->value()));
  co_return found->value() + again->value();
}
TEST_F(Flow, CoTryUnwrapsAndReturnsEarly) {
  EXPECT_EQ(run([] { return doubled(4); }).value(), 8);
  EXPECT_EQ(run([] { return doubled(-1); }).error().code, Code::NotFound);
}

Task<void> append(std::vector<int>& out, Tracked owned) {
  co_await turn();
  out.push_back(owned.value());
}
TEST_F(Flow, SpawnedTasksOwnTheirParameters) {
  IoContext io(1);
  std::vector<int> out;
  Scope scope(io);
  {
    const Tracked local(5);
    scope.spawn(append(out, local));
    scope.spawn(append(out, Tracked(6)));
  }
  io.run();
  EXPECT_THAT(out, ElementsAre(5, 6));
}

// A lambda coroutine keeps its captures only when co_spawn gets it uncalled.
TEST_F(Flow, AnUncalledLambdaKeepsItsCaptures) {
  IoContext io(1);
  std::vector<int> out;
  {
    auto job = [tracked = Tracked(8), &out]() -> Task<void> {
      co_await turn();
      out.push_back(tracked.value());
    };
    boost::asio::co_spawn(io, std::move(job), [](std::exception_ptr) {});
  }
  io.run();
  EXPECT_THAT(out, ElementsAre(8));
}

// After a cancellation every further co_await throws until the state is reset.
Task<void> cancelled_with_cleanup(std::vector<std::string>& said) {
  using namespace boost::asio;
  auto executor = co_await this_coro::executor;
  basic_waitable_timer<std::chrono::steady_clock, wait_traits<std::chrono::steady_clock>, Executor>
      never(executor, std::chrono::steady_clock::time_point::max());
  auto [error] = co_await never.async_wait(kToken);
  said.push_back(error == boost::asio::error::operation_aborted ? "aborted" : "other");
  co_await this_coro::reset_cancellation_state(disable_cancellation());
  co_await turn();
  said.push_back("cleaned");
}
TEST_F(Flow, CleaningUpAfterCancellation) {
  IoContext io(1);
  std::vector<std::string> said;
  boost::asio::cancellation_signal signal;
  bool failed = true;
  boost::asio::co_spawn(
      io, cancelled_with_cleanup(said),
      boost::asio::bind_cancellation_slot(
          signal.slot(), [&](std::exception_ptr error) { failed = error != nullptr; }));
  io.poll();
  signal.emit(boost::asio::cancellation_type::all);
  io.run();
  EXPECT_THAT(said, ElementsAre("aborted", "cleaned"));
  EXPECT_FALSE(failed);
}

// A frame that is destroyed while it waits frees what it holds.
TEST_F(Flow, AnAbandonedFrameIsFreed) {
  std::vector<int> out;
  {
    IoContext io(1);
    Scope scope(io);
    scope.spawn(append(out, Tracked(3)));
    io.poll_one();
    EXPECT_GT(Tracked::living(), 0);
    io.stop();
  }
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace tandem::toolchain
