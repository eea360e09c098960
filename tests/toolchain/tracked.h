// Tracked: an object that counts its living copies and notices being destroyed twice, and the
// little that the toolchain tests need to run a coroutine. Double frees show without a sanitizer.
//   EXPECT_EQ(run([] { return count(Tracked(3)); }), 3);
//   EXPECT_EQ(Tracked::living(), 0);
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/async/token.h"

namespace tandem::toolchain {

class Tracked {
 public:
  explicit Tracked(int value) : value_(value), text_(40, 'x') { ++living_count; }
  Tracked(const Tracked& other) : value_(other.value()), text_(other.text_) { ++living_count; }
  Tracked(Tracked&& other) noexcept : value_(other.value()), text_(std::move(other.text_)) {
    ++living_count;
  }
  Tracked& operator=(const Tracked&) = default;
  Tracked& operator=(Tracked&&) = default;
  ~Tracked() {
    if (mark_ != kAlive) ++destroyed_twice_count;
    mark_ = kDead;
    --living_count;
  }

  // -1 where the object is not alive: it was destroyed, moved by bytes, or never constructed.
  int value() const { return mark_ == kAlive ? value_ : -1; }

  static int living() { return living_count; }
  static int destroyed_twice() { return destroyed_twice_count; }
  static void reset() { living_count = destroyed_twice_count = 0; }

 private:
  static constexpr unsigned kAlive = 0xA11FE;
  static constexpr unsigned kDead = 0xDEAD;
  inline static int living_count = 0;
  inline static int destroyed_twice_count = 0;

  volatile unsigned mark_ = kAlive;
  int value_;
  std::string text_;  // longer than the small-string buffer: a double free reaches the allocator
};

struct Pair {
  Tracked first;
  Tracked second;
};

// Really suspends: the frame leaves the stack and comes back from the event loop.
inline Task<void> turn() {
  auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(executor, boost::asio::use_awaitable_t<Executor>{});
}

inline Task<Tracked> make(int value) {
  co_await turn();
  co_return Tracked(value);
}

inline Task<int> sum(Pair pair) {
  co_await turn();
  co_return pair.first.value() + pair.second.value();
}

inline Task<int> count(Tracked tracked) {
  co_await turn();
  co_return tracked.value();
}

// Runs the coroutine that `start` returns to its end and gives its value; rethrows what it threw.
template <class Start>
auto run(Start start) {
  using Value = typename std::invoke_result_t<Start&>::value_type;
  IoContext io(1);
  std::optional<Value> result;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, start(), [&](std::exception_ptr error, Value value) {
    thrown = error;
    if (!error) result.emplace(std::move(value));
  });
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(result).value();
}

}  // namespace tandem::toolchain
