// Coarse timers for one io thread: thousands of "close this if nothing happens until …" without a
// syscall each. A wheel of 16 ms slots, turned only while something is watched; a watch fires at
// most 32 ms late, never early.
//   DeadlineWatch watch(thread.deadlines(), deadline, [&] { socket.close(); });
//   watch.move_to(later);      // a store, no matter how often
// A watch belongs to the io thread of its Deadlines and is gone with its destructor.
#pragma once

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <functional>

#include "base/async/task.h"
#include "base/clock.h"

namespace tandem {

class DeadlineWatch;

class Deadlines {
 public:
  explicit Deadlines(IoContext& io);
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  // Steady time of the last turn or event; at most 16 ms old while something is watched.
  size_t watched() const { return watched_; }

 private:
  friend class DeadlineWatch;
  static constexpr int64_t kSlotUs = 16'000;
  static constexpr size_t kSlots = 512;

  void insert(DeadlineWatch& watch);
  void remove(DeadlineWatch& watch);
  void arm();
  void turn();
  void visit_slot(size_t slot, SteadyUs now_us);

  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  Timer timer_;
  std::array<DeadlineWatch*, kSlots> slots_{};
  int64_t turned_ = 0;  // the last slot number that was visited
  size_t watched_ = 0;
  bool armed_ = false;
};

class DeadlineWatch {
 public:
  DeadlineWatch(Deadlines& deadlines, Deadline deadline, std::function<void()> on_passed);
  DeadlineWatch(const DeadlineWatch&) = delete;
  DeadlineWatch& operator=(const DeadlineWatch&) = delete;
  ~DeadlineWatch();

  // Earlier or later; Deadline{} rests it.
  void move_to(Deadline deadline);
  bool fired() const { return fired_; }

 private:
  friend class Deadlines;
  Deadlines& deadlines_;
  Deadline deadline_;
  std::function<void()> on_passed_;
  DeadlineWatch* previous_ = nullptr;
  DeadlineWatch* next_ = nullptr;
  int64_t slot_ = -1;  // number of the slot where it waits; -1: none
  bool fired_ = false;
};

}  // namespace tandem
