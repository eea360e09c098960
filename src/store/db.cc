#include "store/db.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <condition_variable>
#include <mutex>

#include "base/async/token.h"

namespace tandem::store {

Task<Result<void>> Db::await_job(Access access, Body body) {
  auto executor = co_await boost::asio::this_coro::executor;
  Result<void> outcome;
  auto initiate = [this, access, &body, &outcome, executor](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto resume = [shared, executor] {
      boost::asio::post(executor, [shared] { (*shared)(boost::system::error_code{}); });
    };
    Result<void> queued = submit(access, std::move(body), [&outcome, resume](Result<void> done) {
      outcome = std::move(done);
      resume();
    });
    if (!queued) {
      outcome = std::move(queued);
      resume();
    }
  };
  auto [ignored] = co_await boost::asio::async_initiate<
      const boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>>,
      void(boost::system::error_code)>(initiate, kToken);
  (void)ignored;
  co_return outcome;
}

Result<void> Db::block_on_job(Access access, Body body) {
  struct Gate {
    std::mutex mutex;
    std::condition_variable opened;
    std::optional<Result<void>> outcome;
  } gate;
  TRY_VOID(submit(access, std::move(body), [&gate](Result<void> done) {
    // Notified under the lock: `gate` is gone as soon as the waiter can look.
    std::lock_guard lock(gate.mutex);
    gate.outcome = std::move(done);
    gate.opened.notify_one();
  }));
  std::unique_lock lock(gate.mutex);
  gate.opened.wait(lock, [&gate] { return gate.outcome.has_value(); });
  return std::move(*gate.outcome);
}

}  // namespace tandem::store
