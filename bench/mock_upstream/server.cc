#include "mock_upstream/server.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "wire/clock.h"
#include "wire/message_parser.h"

namespace tandem::bench {

namespace {

constexpr uint64_t kListenerId = 0;
constexpr uint64_t kTimerId = 1;
constexpr size_t kMaxBodyBytes = 64 * 1024 * 1024;
constexpr size_t kMaxUnsentBytes = 4 * 1024 * 1024;

bool has_flag(std::string_view body, std::string_view name) {
  size_t at = body.find(name);
  while (at != std::string_view::npos) {
    at += name.size();
    while (at < body.size() && (body[at] == ' ' || body[at] == ':')) {
      ++at;
    }
    if (body.substr(at).starts_with("true")) {
      return true;
    }
    at = body.find(name, at);
  }
  return false;
}

}  // namespace

struct Server::Connection final : BodySink {
  enum class Answering { Nothing, Whole, Stream };

  void on_body(std::string_view bytes) override {
    if (body.size() < kMaxBodyBytes) {
      body.append(bytes);
    }
  }

  uint64_t id = 0;
  UniqueFd fd;
  MessageParser parser{MessageParser::Kind::Request};
  std::string body;
  std::string unsent;
  Answering answering = Answering::Nothing;
  const std::string* delayed = nullptr;
  uint32_t next_piece = 0;
  bool with_usage = false;
  bool closed = false;
};

Server::Server(const Address& address, const Answers& answers, const Pace& pace,
               Counters& counters)
    : answers_(answers), pace_(pace), counters_(counters), listener_(listen_on(address)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)), timer_(make_timer()), buffer_(256 * 1024) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kListenerId}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
  event.data.u64 = kTimerId;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event);
}

Server::~Server() = default;

void Server::run(const std::atomic<bool>& stop) {
  std::vector<epoll_event> events(1024);
  while (!stop.load(std::memory_order_relaxed)) {
    const int count =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 200);
    for (int i = 0; i < count; ++i) {
      const uint64_t id = events[i].data.u64;
      if (id == kListenerId) {
        accept_all();
      } else if (id == kTimerId) {
        drain_timer(timer_);
        armed_ns_ = 0;
      } else if (const auto found = connections_.find(id); found != connections_.end()) {
        on_event(*found->second, events[i].events);
        if (found->second->closed) {
          connections_.erase(id);
        }
      }
    }
    run_due();
  }
}

void Server::accept_all() {
  while (true) {
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      return;
    }
    set_no_delay(fd);
    auto connection = std::make_unique<Connection>();
    connection->id = next_id_++;
    connection->fd = UniqueFd(fd);
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.u64 = connection->id}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    connections_.emplace(connection->id, std::move(connection));
    ++counters_.connections;
  }
}

void Server::on_event(Connection& connection, uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    flush(connection);
  }
  if (!connection.closed && (events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) {
    receive(connection);
  }
}

void Server::receive(Connection& connection) {
  const ssize_t count = recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
  if (count < 0 && errno == EAGAIN) {
    return;
  }
  if (count <= 0 || connection.answering != Connection::Answering::Nothing) {
    close(connection);  // gone, or pipelining, which no measured client does
    return;
  }
  std::string_view bytes(buffer_.data(), static_cast<size_t>(count));
  while (!bytes.empty() && !connection.closed &&
         connection.answering == Connection::Answering::Nothing) {
    bytes.remove_prefix(connection.parser.feed(bytes, connection));
    if (connection.parser.failed()) {
      close(connection);
    } else if (connection.parser.complete()) {
      answer(connection);
      connection.parser.reset();
      connection.body.clear();
    }
  }
}

void Server::answer(Connection& connection) {
  counters_.requests.fetch_add(1, std::memory_order_relaxed);
  const std::string_view path = connection.parser.path();
  if (path == "/health") {
    send_bytes(connection, answers_.health());
  } else if (path == "/stats") {
    send_bytes(connection, Answers::http(200, "application/json", stats()));
  } else if (path == "/v1/models") {
    send_bytes(connection, answers_.models());
  } else if (path == "/v1/chat/completions" && has_flag(connection.body, "\"stream\"")) {
    start_stream(connection);
  } else if (path == "/v1/chat/completions" || path == "/v1/embeddings") {
    const std::string& whole =
        path == "/v1/embeddings" ? answers_.embedding() : answers_.chat();
    if (pace_.delay_ns == 0) {
      send_bytes(connection, whole);
    } else {
      connection.answering = Connection::Answering::Whole;
      connection.delayed = &whole;
      schedule(connection, now_ns() + pace_.delay_ns);
    }
  } else {
    send_bytes(connection, answers_.not_found());
  }
}

void Server::start_stream(Connection& connection) {
  counters_.streams.fetch_add(1, std::memory_order_relaxed);
  connection.answering = Connection::Answering::Stream;
  connection.next_piece = 0;
  connection.with_usage = has_flag(connection.body, "\"include_usage\"");
  const uint64_t at = now_ns() + pace_.delay_ns;
  if (pace_.delay_ns == 0) {
    send_next_piece(connection, at);
  } else {
    schedule(connection, at);
  }
}

void Server::schedule(Connection& connection, uint64_t at_ns) {
  due_.push({at_ns, connection.id});
}

void Server::run_due() {
  while (!due_.empty() && due_.top().at_ns <= now_ns()) {
    const Due due = due_.top();
    due_.pop();
    const auto found = connections_.find(due.connection);
    if (found == connections_.end()) {
      continue;
    }
    Connection& connection = *found->second;
    if (connection.answering == Connection::Answering::Whole) {
      connection.answering = Connection::Answering::Nothing;
      send_bytes(connection, *connection.delayed);
    } else if (connection.answering == Connection::Answering::Stream) {
      send_next_piece(connection, due.at_ns);
    }
    if (connection.closed) {
      connections_.erase(found);
    }
  }
  if (!due_.empty() && due_.top().at_ns != armed_ns_) {
    armed_ns_ = due_.top().at_ns;
    arm_timer(timer_, armed_ns_);
  }
}

// The next piece is due an interval after this one was due, not after it went out, so that a late
// piece does not shift the whole stream.
void Server::send_next_piece(Connection& connection, uint64_t due_ns) {
  const uint32_t index = connection.next_piece++;
  if (connection.next_piece == answers_.stream_pieces()) {
    connection.answering = Connection::Answering::Nothing;
    counters_.streams_done.fetch_add(1, std::memory_order_relaxed);
  } else {
    schedule(connection, due_ns + pace_.interval_ns);
  }
  send_bytes(connection, answers_.stream_piece(index, connection.with_usage));
}

void Server::send_bytes(Connection& connection, std::string_view bytes) {
  if (connection.unsent.empty()) {
    const ssize_t count = send(connection.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) {
      close(connection);
      return;
    }
    bytes.remove_prefix(count < 0 ? 0 : static_cast<size_t>(count));
    if (bytes.empty()) {
      return;
    }
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLOUT,
                      .data = {.u64 = connection.id}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
  }
  connection.unsent.append(bytes);
  if (connection.unsent.size() > kMaxUnsentBytes) {
    close(connection);
  }
}

void Server::flush(Connection& connection) {
  const ssize_t count = send(connection.fd.get(), connection.unsent.data(),
                             connection.unsent.size(), MSG_NOSIGNAL);
  if (count < 0) {
    if (errno != EAGAIN) {
      close(connection);
    }
    return;
  }
  connection.unsent.erase(0, static_cast<size_t>(count));
  if (connection.unsent.empty()) {
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.u64 = connection.id}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
  }
}

// The caller erases it; entries in due_ find no such id any more.
void Server::close(Connection& connection) {
  if (connection.answering != Connection::Answering::Nothing) {
    ++counters_.gone;
  }
  connection.answering = Connection::Answering::Nothing;
  connection.closed = true;
}

std::string Server::stats() const {
  return fmt::format(
      R"({{"requests":{},"streams":{},"streams_done":{},"gone":{},"connections":{}}})",
      counters_.requests.load(), counters_.streams.load(), counters_.streams_done.load(),
      counters_.gone.load(), counters_.connections.load());
}

}  // namespace tandem::bench
