#include "base/async/event.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <cassert>

#include "base/async/token.h"

namespace tandem {

struct Event::Waiter {
  virtual ~Waiter() = default;
  virtual void resume() = 0;
};

Event::Event(IoContext& io) : io_(io) {}
Event::~Event() = default;

Task<void> Event::wait() {
  if (notified_) {
    notified_ = false;
    co_return;
  }
  assert(!waiter_);
  auto initiate = [this](auto handler) {
    struct Holder final : Waiter {
      explicit Holder(decltype(handler) h) : held(std::move(h)) {}
      void resume() override {
        auto moved = std::move(held);
        moved(boost::system::error_code{});
      }
      decltype(handler) held;
    };
    waiter_ = std::make_unique<Holder>(std::move(handler));
  };
  auto [ignored] = co_await boost::asio::async_initiate<
      const boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>>,
      void(boost::system::error_code)>(initiate, kToken);
  (void)ignored;
}

void Event::notify() {
  if (!waiter_) {
    notified_ = true;
    return;
  }
  boost::asio::post(io_,
                    [waiter = std::shared_ptr<Waiter>(std::move(waiter_))] { waiter->resume(); });
}

void Event::notify_now() {
  if (!waiter_) {
    notified_ = true;
    return;
  }
  const auto waiter = std::move(waiter_);
  waiter->resume();
}

}  // namespace tandem
