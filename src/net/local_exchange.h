// LocalExchange: a request that the server makes to itself and an answer that is kept, so that what
// nobody sent over a connection (a line of a batch) takes the very path of a request that somebody
// did. Made on the io thread where its handler runs; one handler, then answer().
//   LocalExchange exchange(thread, route, std::move(body));
//   exchange.context().principal = …;
//   exchange.end(co_await route.stream_handler(exchange));
//   store(exchange.answer().status, exchange.answer().body);
#pragma once

#include "net/exchange.h"
#include "net/route.h"

namespace tandem::net {

class LocalExchange final : public Exchange {
 public:
  // `route` outlives it. The context has a fresh request id, a fresh trace and the current time.
  LocalExchange(IoThread& thread, const Route& route, std::string body);

  void add_header(std::string_view name, std::string_view value) { headers_.add(name, value); }
  // How the handler ended: an error that it returned before it answered becomes the answer, in the
  // shape of the route, as it would over a connection.
  void end(Result<void> outcome);
  const Response& answer() const { return answer_; }
  // The error that became the answer; nullopt where the handler answered.
  const std::optional<Error>& error() const { return error_; }

  Task<Result<void>> respond(Response response) override;
  void start(int status, std::string_view content_type, std::string_view header_block) override;
  Task<Result<void>> write(std::string_view piece) override;
  Task<Result<void>> finish(std::string_view last_piece = {}) override;
  void abort() override;

 private:
  Headers headers_;
  Response answer_;
  std::optional<Error> error_;
};

}  // namespace tandem::net
