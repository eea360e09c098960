// One thread of the load generator: an epoll loop over its share of the connections. A connection
// sends the same bytes again and again, as soon as the last answer is whole (closed loop) or when
// the schedule says so (open loop: latency then counts from the scheduled time, so that a stalled
// server cannot hide its stall). Nothing is shared between workers while they run.
//   Worker worker(options, share); worker.run(); worker.results();
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "loadgen/options.h"
#include "loadgen/results.h"
#include "loadgen/stream_meter.h"
#include "wire/message_parser.h"
#include "wire/socket.h"

namespace tandem::bench {

struct Share {
  uint32_t connections = 1;
  uint64_t count = 0;
  uint64_t warmup_requests = 0;
  double rate = 0;
  uint64_t start_ns = 0;  // the same for all workers
};

class Worker {
 public:
  // `options` outlives the worker.
  Worker(const Options& options, const Share& share);
  ~Worker();

  void run();
  const Results& results() const { return results_; }

 private:
  struct Connection;

  bool measuring(uint64_t started_ns) const;
  bool may_start(uint64_t now) const;
  uint64_t end_of_window() const;
  void open(Connection& connection, uint64_t now);
  void begin(Connection& connection, uint64_t due_ns, uint64_t now);
  void send_more(Connection& connection, uint64_t now);
  void receive(Connection& connection);
  void take(Connection& connection, std::string_view bytes, uint64_t now);
  void closed_by_server(Connection& connection, Failure failure, uint64_t now);
  void finish(Connection& connection, uint64_t now);
  void fail(Connection& connection, Failure failure, uint64_t now);
  void count_end(Connection& connection, uint64_t now);
  void next(Connection& connection, uint64_t now);
  void on_event(Connection& connection, uint32_t events);
  void on_tick(uint64_t now);
  void start_ramped(uint64_t now);
  void start_due(uint64_t now);
  void arm(uint64_t now);
  void watch(Connection& connection, bool writable, bool is_new);

  const Options& options_;
  const Share share_;
  Results results_;
  StreamStats ignored_;  // of streams that began while warming up
  UniqueFd epoll_;
  UniqueFd timer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;    // open loop: free for the next due request
  std::vector<Connection*> failed_;  // closed loop: start again at the next tick
  std::deque<uint64_t> due_;  // open loop: scheduled, not yet sent
  std::vector<char> buffer_;
  uint64_t next_due_ns_ = 0;
  uint64_t next_sweep_ns_ = 0;
  uint64_t measure_from_ns_ = 0;
  uint64_t started_ = 0;
  uint64_t in_flight_ = 0;
  size_t ramped_ = 0;
};

}  // namespace tandem::bench
