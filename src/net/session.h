// Session: reads requests off one connection, finds their route, lets the gatekeeper decide, runs
// the handler and sends what it answered; until the client or the server is done. One coroutine a
// connection.
#pragma once

#include <memory>

#include "base/async/task.h"
#include "net/connection.h"
#include "net/exchange.h"
#include "net/http/inflate.h"
#include "net/http/parser.h"
#include "net/ports.h"
#include "net/router.h"

namespace tandem::net {

// What all sessions of a server share; outlives them.
struct SessionEnvironment {
  const Router& router;
  Gatekeeper& gatekeeper;
  RequestObserver* observer;  // may be null
};

class Session {
 public:
  Session(std::shared_ptr<Connection> connection, const SessionEnvironment& environment);

  Task<void> run();
  // Ends an idle session now, a busy one after its current answer.
  void drain();
  void close();
  // Cancels the call that is being served.
  void cancel();

 private:
  Task<bool> read_head();
  Task<void> serve_one();
  Result<const Route*> prepare(Exchange& exchange);
  Task<Result<void>> read_whole_body(Exchange& exchange);
  Task<Result<std::string_view>> read_body_piece(Exchange& exchange);
  Task<Result<bool>> feed_body();
  Task<Result<void>> invoke(Exchange& exchange, const Route& route);
  Task<void> answer_error(Exchange& exchange, Error error);
  Task<void> close_gently();

  std::shared_ptr<Connection> connection_;
  const SessionEnvironment& environment_;
  MessageParser parser_;
  std::unique_ptr<Inflater> inflater_;
  Exchange* current_ = nullptr;
  std::string piece_;
  uint64_t wire_body_bytes_ = 0;
  bool keep_alive_ = true;
  bool draining_ = false;
  bool idle_ = true;
  bool first_ = true;  // no request has been read yet
};

}  // namespace tandem::net
