#include "loadgen/worker.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "wire/clock.h"

namespace tandem::bench {

namespace {

constexpr uint64_t kSweepNs = 50'000'000;
constexpr size_t kReadBytes = 256 * 1024;

}  // namespace

struct Worker::Connection final : BodySink {
  enum class State { Closed, Connecting, Idle, Busy };

  explicit Connection(uint64_t stall_ns) : meter(stall_ns) {}

  void on_body(std::string_view bytes) override {
    if (parser.event_stream()) {
      meter.feed(bytes, read_ns, *stats);
    }
  }

  UniqueFd fd;
  State state = State::Closed;
  MessageParser parser{MessageParser::Kind::Response};
  StreamMeter meter;
  StreamStats* stats = nullptr;  // the worker's: measured, or ignored while warming up
  uint64_t due_ns = 0;
  uint64_t sent_ns = 0;
  uint64_t read_ns = 0;
  size_t sent = 0;
  bool measured = false;
  bool reused = false;
  bool want_write = false;
};

Worker::Worker(const Options& options, const Share& share)
    : options_(options), share_(share), epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(make_timer()), buffer_(kReadBytes) {
  for (uint32_t i = 0; i < share_.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(options_.stall_ns));
      }
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event);
}

Worker::~Worker() = default;

bool Worker::measuring(uint64_t started_ns) const {
  return started_ > share_.warmup_requests && started_ns >= measure_from_ns_;
}

uint64_t Worker::end_of_window() const { return measure_from_ns_ + options_.duration_ns; }

bool Worker::may_start(uint64_t now) const {
  const uint64_t limit = share_.count == 0 ? ~uint64_t{0} : share_.count + share_.warmup_requests;
  return started_ < limit && now < end_of_window();
}

void Worker::run() {
  measure_from_ns_ = share_.start_ns + options_.warmup_ns;
  next_due_ns_ = share_.start_ns;
  next_sweep_ns_ = share_.start_ns + kSweepNs;
  on_tick(now_ns());
  std::vector<epoll_event> events(1024);
  while (in_flight_ > 0 || may_start(now_ns())) {
    const int count =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr == nullptr) {
        drain_timer(timer_);
        on_tick(now_ns());
      } else {
        on_event(*static_cast<Connection*>(events[i].data.ptr), events[i].events);
      }
    }
    if (count == 0) {
      on_tick(now_ns());
    }
  }
  results_.unsent += due_.size();
}

void Worker::on_tick(uint64_t now) {
  start_ramped(now);
  start_due(now);
  for (Connection* connection : std::exchange(failed_, {})) {
    next(*connection, now);
  }
  if (now >= next_sweep_ns_) {
    next_sweep_ns_ = now + kSweepNs;
    for (const auto& connection : connections_) {
      const bool waits = connection->state == Connection::State::Busy ||
                         connection->state == Connection::State::Connecting;
      if (waits && now > connection->sent_ns + options_.timeout_ns) {
        fail(*connection, Failure::Timeout, now);
      }
    }
  }
  arm(now);
}

void Worker::arm(uint64_t now) {
  uint64_t at = next_sweep_ns_;
  if (share_.rate > 0 && may_start(now)) {
    at = std::min(at, next_due_ns_);
  }
  if (ramped_ < connections_.size() && options_.ramp_ns > 0) {
    at = std::min(at, share_.start_ns + options_.ramp_ns * ramped_ / connections_.size());
  }
  arm_timer(timer_, std::max(at, now + 1));
}

void Worker::start_ramped(uint64_t now) {
  while (ramped_ < connections_.size() &&
         share_.start_ns + options_.ramp_ns * ramped_ / connections_.size() <= now) {
    Connection& connection = *connections_[ramped_++];
    if (share_.rate > 0) {
      idle_.push_back(&connection);
    } else {
      next(connection, now);
    }
  }
}

void Worker::start_due(uint64_t now) {
  if (share_.rate <= 0) {
    return;
  }
  while (next_due_ns_ <= now && may_start(next_due_ns_)) {
    due_.push_back(next_due_ns_);
    next_due_ns_ += static_cast<uint64_t>(1e9 / share_.rate);
    ++started_;
  }
  while (!due_.empty() && !idle_.empty()) {
    Connection& connection = *idle_.back();
    idle_.pop_back();
    const uint64_t due = due_.front();
    due_.pop_front();
    begin(connection, due, now);
  }
}

void Worker::watch(Connection& connection, bool writable, bool is_new) {
  if (!is_new && connection.want_write == writable) {
    return;
  }
  connection.want_write = writable;
  epoll_event event{.events = EPOLLIN | (writable ? static_cast<uint32_t>(EPOLLOUT) : 0U),
                    .data = {.ptr = &connection}};
  epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connection.fd.get(), &event);
}

void Worker::open(Connection& connection, uint64_t now) {
  connection.fd = connect_to(options_.address);
  if (!connection.fd) {
    fail(connection, Failure::Connect, now);
    return;
  }
  connection.reused = false;
  connection.state = Connection::State::Connecting;
  watch(connection, true, true);
}

// A request starts here; a connection is opened first where there is none.
void Worker::begin(Connection& connection, uint64_t due_ns, uint64_t now) {
  ++in_flight_;
  connection.due_ns = due_ns;
  connection.measured = measuring(due_ns);
  connection.stats = connection.measured ? &results_.streams : &ignored_;
  connection.sent = 0;
  connection.sent_ns = now;
  connection.parser.reset();
  connection.meter.begin(due_ns);
  if (connection.measured && results_.first_ns == 0) {
    results_.first_ns = due_ns;
  }
  if (!connection.fd) {
    open(connection, now);
  } else {
    connection.state = Connection::State::Busy;
    send_more(connection, now);
  }
}

void Worker::send_more(Connection& connection, uint64_t now) {
  const std::string& request = options_.request;
  while (connection.sent < request.size()) {
    const ssize_t count = send(connection.fd.get(), request.data() + connection.sent,
                               request.size() - connection.sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) {
      watch(connection, true, false);
      return;
    }
    if (count < 0) {
      closed_by_server(connection, Failure::Reset, now);
      return;
    }
    connection.sent += static_cast<size_t>(count);
    results_.bytes_out += connection.measured ? static_cast<uint64_t>(count) : 0;
  }
  watch(connection, false, false);
}

void Worker::on_event(Connection& connection, uint32_t events) {
  if (connection.state == Connection::State::Closed) {
    return;
  }
  if (connection.state == Connection::State::Connecting) {
    const uint64_t now = now_ns();
    if (!connected(connection.fd.get())) {
      fail(connection, Failure::Connect, now);
      return;
    }
    // What a client waits for a new connection is the server's time too only where every request
    // has its own; on keep-alive connections the clock starts when the request can go.
    if (!options_.new_connections && share_.rate <= 0) {
      connection.due_ns = now;
      connection.meter.begin(now);
    }
    connection.state = Connection::State::Busy;
    send_more(connection, now);
    return;
  }
  if ((events & EPOLLOUT) != 0 && connection.state == Connection::State::Busy) {
    send_more(connection, now_ns());
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 &&
      connection.state != Connection::State::Closed) {
    receive(connection);
  }
}

void Worker::receive(Connection& connection) {
  const ssize_t count = recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
  const uint64_t now = now_ns();
  if (count > 0) {
    take(connection, {buffer_.data(), static_cast<size_t>(count)}, now);
  } else if (count == 0) {
    if (connection.state == Connection::State::Busy && connection.parser.finish_at_close()) {
      finish(connection, now);
    } else {
      closed_by_server(connection, Failure::Cut, now);
    }
  } else if (errno != EAGAIN) {
    closed_by_server(connection, Failure::Reset, now);
  }
}

void Worker::take(Connection& connection, std::string_view bytes, uint64_t now) {
  if (connection.state != Connection::State::Busy) {
    closed_by_server(connection, Failure::NotHttp, now);
    return;
  }
  connection.read_ns = now;
  results_.bytes_in += connection.measured ? bytes.size() : 0;
  const size_t used = connection.parser.feed(bytes, connection);
  if (connection.parser.failed() || used != bytes.size()) {
    fail(connection, Failure::NotHttp, now);
  } else if (connection.parser.complete()) {
    finish(connection, now);
  }
}

// An idle keep-alive connection may be closed at any time; a request that meets this before any
// byte of its answer goes out again on a new connection, as HTTP clients do.
void Worker::closed_by_server(Connection& connection, Failure failure, uint64_t now) {
  if (connection.state == Connection::State::Idle) {
    connection.fd.reset();
    connection.state = Connection::State::Closed;
    ++results_.reconnects;
    return;
  }
  if (connection.reused && !connection.parser.started()) {
    ++results_.reconnects;
    connection.sent = 0;
    connection.fd.reset();
    open(connection, now);
    return;
  }
  fail(connection, failure, now);
}

void Worker::finish(Connection& connection, uint64_t now) {
  const int status = connection.parser.status();
  const bool whole = !connection.parser.event_stream() || connection.meter.end(*connection.stats);
  if (connection.measured) {
    ++results_.statuses[std::clamp(status, 0, 599)];
    if (status != options_.expect_status) {
      results_.fail(Failure::Status);
    } else if (!whole) {
      results_.fail(Failure::BrokenStream);
    } else {
      results_.latency.record(now - connection.due_ns);
    }
  }
  if (!connection.parser.keep_alive() || options_.new_connections) {
    connection.fd.reset();
  }
  connection.state = connection.fd ? Connection::State::Idle : Connection::State::Closed;
  connection.reused = true;
  count_end(connection, now);
  next(connection, now);
}

void Worker::fail(Connection& connection, Failure failure, uint64_t now) {
  if (connection.measured) {
    results_.fail(failure);
    if (connection.parser.event_stream()) {
      connection.meter.end(results_.streams);
    }
  }
  connection.fd.reset();
  connection.state = Connection::State::Closed;
  count_end(connection, now);
  // Not at once: a server that refuses everything would otherwise recurse and spin. The next tick
  // starts it again.
  if (share_.rate > 0) {
    idle_.push_back(&connection);
  } else {
    failed_.push_back(&connection);
  }
}

void Worker::count_end(Connection& connection, uint64_t now) {
  --in_flight_;
  if (connection.measured) {
    ++results_.answered;
    results_.last_ns = std::max(results_.last_ns, now);
  }
}

void Worker::next(Connection& connection, uint64_t now) {
  if (share_.rate > 0) {
    idle_.push_back(&connection);
    start_due(now);
  } else if (may_start(now)) {
    ++started_;
    begin(connection, now, now);
  }
}

}  // namespace tandem::bench
