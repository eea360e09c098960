// Pool: a named, bounded set of threads for blocking work (SQLite, inference, DNS). A full queue is
// an Overloaded error at once, never an unbounded wait. Any thread may submit.
//   CO_TRY(auto rows, co_await pool.run([&]() -> Result<Rows> { return read_rows(); }));
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/async/task.h"
#include "base/async/token.h"

namespace tandem {

class Pool {
 public:
  // `max_queued`: jobs that may wait for a thread.
  Pool(std::string name, size_t threads, size_t max_queued);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();  // runs what is queued, then joins

  // Queues `job`; false where the queue is full or the pool is stopping.
  bool try_submit(std::function<void()> job);
  size_t queued() const;
  const std::string& name() const;

  // Runs `function` (returning Result<T>) on a pool thread and resumes the caller on its own io
  // thread. The caller's frame stays alive meanwhile, so `function` may capture by reference.
  template <class F>
  auto run(F function) -> Task<std::invoke_result_t<F&>>;

  static Error overloaded(std::string_view name);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class F>
auto Pool::run(F function) -> Task<std::invoke_result_t<F&>> {
  using R = std::invoke_result_t<F&>;
  auto executor = co_await boost::asio::this_coro::executor;
  R result = fail(overloaded(name()));
  auto initiate = [this, &function, &result, executor](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto resume = [shared, executor] {
      boost::asio::post(executor, [shared] { (*shared)(boost::system::error_code{}); });
    };
    const bool queued = try_submit([&function, &result, resume] {
      result = function();
      resume();
    });
    if (!queued) resume();
  };
  auto [ignored] = co_await boost::asio::async_initiate<
      const boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>>,
      void(boost::system::error_code)>(initiate, kToken);
  (void)ignored;
  co_return result;
}

}  // namespace tandem
