// Server: listens, accepts, and gives each connection to an io thread, round robin. A connection is
// born and dies on its thread.
//   Server server(options, threads, std::move(router), gatekeeper, observer);
//   TRY_VOID(server.listen());    // binds; port() is then known
//   server.drain(deadline);       // no new connections, finishes what runs, cuts the rest
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/async/io_threads.h"
#include "base/result.h"
#include "net/io/tls_context.h"
#include "net/ports.h"
#include "net/router.h"

namespace tandem::net {

struct ServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8900;                   // 0: the kernel chooses
  std::shared_ptr<const TlsContext> tls;  // null: plain HTTP
};

class Server {
 public:
  // `threads`, `gatekeeper` and `observer` outlive the server.
  Server(ServerOptions options, IoThreads& threads, Router router, Gatekeeper& gatekeeper,
         RequestObserver* observer);
  ~Server();  // drained before

  // Errors name the address and say what to do (in use, not permitted, not resolvable).
  Result<void> listen();
  uint16_t port() const;
  size_t connections() const;
  const Router& router() const;
  // From a thread that is no io thread. Waits for running answers until the deadline, then cancels
  // them, then closes.
  void drain(int64_t wait_ms);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem::net
