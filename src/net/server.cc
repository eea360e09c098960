#include "net/server.h"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <thread>

#include "base/async/scope.h"
#include "base/async/token.h"
#include "base/limits.h"
#include "base/log.h"
#include "net/io/socket_holder.h"
#include "net/session.h"

namespace tandem::net {

namespace asio = boost::asio;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;

struct Server::State {
  // What one io thread serves; touched by that thread alone.
  struct PerThread {
    explicit PerThread(IoThread& io_thread) : thread(io_thread), scope(io_thread.io()) {}
    IoThread& thread;
    Scope scope;
    std::list<Session*> sessions;
  };

  State(ServerOptions o, IoThreads& t, Router r, Gatekeeper& g, RequestObserver* ob)
      : options(std::move(o)),
        threads(t),
        router(std::move(r)),
        environment{router, g, ob},
        acceptor(threads.at(0).io()) {
    for (size_t i = 0; i < threads.size(); ++i) {
      per_thread.push_back(std::make_unique<PerThread>(threads.at(i)));
    }
  }

  Task<void> accept_loop();
  PerThread& next_thread();
  void hand_over(PerThread& owner, Socket socket);
  Task<void> serve(PerThread& owner, std::shared_ptr<Connection> connection);
  size_t on_every_thread(const std::function<void(PerThread&)>& act);

  ServerOptions options;
  IoThreads& threads;
  Router router;
  SessionEnvironment environment;
  Acceptor acceptor;
  std::vector<std::unique_ptr<PerThread>> per_thread;
  size_t next_owner = 0;  // round robin
  std::atomic<size_t> open{0};
  uint16_t bound_port = 0;
};

// Waits for one client, then takes what else has arrived: a turn of a busy io thread may last
// milliseconds, and with one client a turn a crowd would wait for seconds.
Task<void> Server::State::accept_loop() {
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, Executor>
      pause(acceptor.get_executor());
  while (true) {
    PerThread* owner = &next_thread();
    auto [error, socket] = co_await acceptor.async_accept(owner->thread.io(), kToken);
    if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
    while (!error && open < limits::kMaxConnections) {
      hand_over(*owner, std::move(socket));
      owner = &next_thread();
      socket = Socket(owner->thread.io());
      acceptor.accept(socket, error);
    }
    if (error == asio::error::would_block) continue;
    // Out of descriptors or full: let those that are here finish first.
    if (error) log::warn("net", "cannot accept a connection: {}", error.message());
    pause.expires_after(std::chrono::milliseconds(error ? 100 : 10));
    (void)co_await pause.async_wait(kToken);
  }
}

Server::State::PerThread& Server::State::next_thread() {
  return *per_thread[next_owner++ % per_thread.size()];
}

void Server::State::hand_over(PerThread& owner, Socket socket) {
  ++open;
  auto holder = std::make_shared<std::unique_ptr<SocketHolder>>(
      std::make_unique<SocketHolder>(std::move(socket)));
  asio::post(owner.thread.io(), [this, &owner, holder] {
    auto connection = std::make_shared<Connection>(std::move(*holder), owner.thread);
    owner.scope.spawn(serve(owner, std::move(connection)));
  });
}

Task<void> Server::State::serve(PerThread& owner, std::shared_ptr<Connection> connection) {
  if (options.tls) {
    DeadlineWatch watch(owner.thread.deadlines(),
                        Deadline::after_ms(limits::kHeaderTimeoutMs, steady_now_us()),
                        [&] { connection->close(); });
    const auto accepted = co_await connection->stream().tls_accept(*options.tls);
    if (!accepted) {
      log::debug("net", "{}", accepted.error().message);
      connection->close();
      --open;
      co_return;
    }
  }
  Session session(std::move(connection), environment);
  const auto place = owner.sessions.insert(owner.sessions.end(), &session);
  co_await session.run();
  owner.sessions.erase(place);
  --open;
}

size_t Server::State::on_every_thread(const std::function<void(PerThread&)>& act) {
  size_t running = 0;
  for (size_t i = 0; i < per_thread.size(); ++i) {
    threads.run_on(i, [&](IoThread&) {
      act(*per_thread[i]);
      running += per_thread[i]->scope.running();
    });
  }
  return running;
}

Server::Server(ServerOptions options, IoThreads& threads, Router router, Gatekeeper& gatekeeper,
               RequestObserver* observer)
    : state_(std::make_unique<State>(std::move(options), threads, std::move(router), gatekeeper,
                                     observer)) {}

Server::~Server() = default;

Result<void> Server::listen() {
  const ServerOptions& options = state_->options;
  const std::string where = options.host + ":" + std::to_string(options.port);
  boost::system::error_code error;
  Tcp::resolver resolver(state_->threads.at(0).io());
  const auto found =
      resolver.resolve(options.host, std::to_string(options.port), Tcp::resolver::passive, error);
  if (error || found.empty()) {
    return fail(Code::InvalidArgument, "Cannot listen on " + where + ": the host is not known.",
                "Give an address of this machine, or 0.0.0.0 for all.", "listen");
  }
  const Tcp::endpoint endpoint = found.begin()->endpoint();
  Acceptor& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(4096, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) {
    return fail(Code::InvalidArgument, "Cannot listen on " + where + ": " + error.message() + ".",
                error == asio::error::address_in_use
                    ? "Stop the other program there, or choose another port with --listen."
                    : "Choose an address and port of this machine with --listen.",
                "listen");
  }
  state_->bound_port = acceptor.local_endpoint().port();
  asio::post(state_->threads.at(0).io(),
             [state = state_.get()] { state->per_thread[0]->scope.spawn(state->accept_loop()); });
  return {};
}

uint16_t Server::port() const {
  return state_->bound_port;
}
size_t Server::connections() const {
  return state_->open;
}
const Router& Server::router() const {
  return state_->router;
}

void Server::drain(int64_t wait_ms) {
  using PerThread = State::PerThread;
  state_->threads.run_on(0, [&](IoThread&) {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
  });
  const SteadyUs until_us = steady_now_us() + wait_ms * 1000;
  const auto drain_all = [](PerThread& thread) {
    for (Session* session : thread.sessions) session->drain();
  };
  const auto wait = [&](SteadyUs end_us, const std::function<void(PerThread&)>& act) {
    while (state_->on_every_thread(act) > 0) {
      if (steady_now_us() > end_us) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  };
  if (wait(until_us, drain_all)) return;
  const auto cancel_all = [](PerThread& thread) {
    for (Session* session : thread.sessions) session->cancel();
  };
  log::warn("net", "{} connections did not finish in time and are cancelled", connections());
  if (wait(steady_now_us() + 2'000'000, cancel_all)) return;
  (void)wait(steady_now_us() + 1'000'000, [](PerThread& thread) {
    for (Session* session : thread.sessions) session->close();
  });
}

}  // namespace tandem::net
