// An OpenAI-compatible provider with a stable cost per answer: the upstream of every benchmark.
// One Server per thread, each with its own epoll loop and its own SO_REUSEPORT socket.
//   Server server(address, answers, pace); server.run();   // until stop()
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mock_upstream/answers.h"
#include "wire/socket.h"

namespace tandem::bench {

struct Pace {
  uint64_t delay_ns = 0;              // before an answer or the first event
  uint64_t interval_ns = 20'000'000;  // between deltas
};

struct Counters {  // shared by all servers; read by GET /stats
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> streams{0};
  std::atomic<uint64_t> streams_done{0};
  std::atomic<uint64_t> gone{0};  // the client left in the middle of an answer
  std::atomic<uint64_t> connections{0};
};

class Server {
 public:
  // `answers` and `counters` outlive the server.
  Server(const Address& address, const Answers& answers, const Pace& pace, Counters& counters);
  ~Server();

  uint16_t port() const { return local_port(listener_); }
  void run(const std::atomic<bool>& stop);

 private:
  struct Connection;
  struct Due {
    uint64_t at_ns;
    uint64_t connection;  // an id, so that a closed connection's entries mean nothing
    bool operator>(const Due& other) const { return at_ns > other.at_ns; }
  };

  void accept_all();
  void on_event(Connection& connection, uint32_t events);
  void receive(Connection& connection);
  void answer(Connection& connection);
  void start_stream(Connection& connection);
  void run_due();
  void send_next_piece(Connection& connection, uint64_t due_ns);
  void schedule(Connection& connection, uint64_t at_ns);
  void send_bytes(Connection& connection, std::string_view bytes);
  void flush(Connection& connection);
  void close(Connection& connection);
  std::string stats() const;

  const Answers& answers_;
  const Pace pace_;
  Counters& counters_;
  UniqueFd listener_;
  UniqueFd epoll_;
  UniqueFd timer_;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  uint64_t armed_ns_ = 0;
  uint64_t next_id_ = 2;  // 0 and 1 mark the listener and the timer
  std::vector<char> buffer_;
};

}  // namespace tandem::bench
