// Cancellation inside one io thread: a source is fired once, and every callback that is registered
// then runs at once. Not thread safe on purpose: source and callbacks belong to one io thread;
// another thread posts to it. (asio's cancellation signals are raced by emission from elsewhere.)
//   CancelCallback on_cancel(ctx.cancel, [&] { socket.close(); });   // removed by its destructor
#pragma once

#include <functional>

namespace tandem {

class CancelCallback;

class CancelSource {
 public:
  CancelSource() = default;
  CancelSource(const CancelSource&) = delete;
  CancelSource& operator=(const CancelSource&) = delete;
  ~CancelSource();

  bool fired() const { return fired_; }
  void fire();

 private:
  friend class CancelCallback;
  CancelCallback* first_ = nullptr;
  bool fired_ = false;
};

// Runs `function` when the source fires, at once if it has. Callback and source may be destroyed
// in either order. `function` may not throw and may destroy neither of the two.
class CancelCallback {
 public:
  CancelCallback(CancelSource& source, std::function<void()> function);
  CancelCallback(const CancelCallback&) = delete;
  CancelCallback& operator=(const CancelCallback&) = delete;
  ~CancelCallback();

 private:
  friend class CancelSource;
  void unlink();

  CancelSource* source_;
  CancelCallback* previous_ = nullptr;
  CancelCallback* next_ = nullptr;
  std::function<void()> function_;
};

}  // namespace tandem
