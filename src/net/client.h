// Client: HTTP/1.1 to upstreams, with a keep-alive pool per origin. One Client per io thread; all
// its methods run there, so the pool needs no lock.
//   ClientRequest request{url, "POST", "/v1/chat/completions", header_block, {body}};
//   CO_TRY(auto response, co_await client.send(request, timeouts, &ctx.cancel));
//   while (true) {
//     CO_TRY(auto piece, co_await response->read());   // a view, valid until the next read()
//     if (piece.empty()) break;
//   }
// A response that is destroyed before its end closes its connection; a whole one returns it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/async/cancel.h"
#include "base/async/io_threads.h"
#include "base/result.h"
#include "net/http/parser.h"
#include "net/http/url.h"
#include "net/io/tls_context.h"

namespace tandem::net {

struct ClientOptions {
  std::shared_ptr<const TlsContext> tls;  // for https origins; null: https is an error
  size_t max_idle_per_origin = 256;
  int64_t max_idle_ms = 30'000;
  // Connect to public addresses only (public_address.h): for URLs that users give. What a name
  // resolves to is checked, and that very address is connected to.
  bool public_only = false;
};

struct ClientRequest {
  const Origin& origin;  // lives as long as the response
  std::string_view method;
  std::string_view target;
  std::string_view header_block;  // "name: value\r\n"…; host and content-length are added
  std::string_view body;
};

struct ClientTimeouts {
  int64_t connect_ms = 5'000;
  int64_t first_byte_ms = 60'000;  // from the request's last byte to the response's head
  int64_t idle_ms = 60'000;        // between two pieces of the body
  Deadline total;                  // of everything
};

class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  virtual const MessageHead& head() const = 0;
  // The next piece of the body, empty at its end. UpstreamError: cut, malformed or reset;
  // DeadlineExceeded: idle_ms or total passed; Cancelled: the cancel source fired.
  virtual Task<Result<std::string_view>> read() = 0;
  // What read() would return without waiting; nullopt where it would wait.
  virtual std::optional<Result<std::string_view>> read_ready() = 0;
  // Replaces ClientTimeouts::idle_ms from the next read() on.
  virtual void set_idle_ms(int64_t ms) = 0;
  // Microseconds spent waiting for the peer so far, connecting included.
  virtual int64_t waited_us() const = 0;
  virtual uint64_t bytes_received() const = 0;
};

class Client {
 public:
  Client(IoThread& thread, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Returns once the head of the response has come. What `request` views must live until then.
  // `cancel` (may be null) closes the connection when it fires and outlives the response.
  // A pooled connection that turns out dead before any byte of the response is replaced once.
  // `written` (may be null) becomes true once the whole request was sent, whatever follows.
  Task<Result<std::unique_ptr<ClientResponse>>> send(const ClientRequest& request,
                                                     ClientTimeouts timeouts, CancelSource* cancel,
                                                     bool* written = nullptr);
  // Reads what is left of the body into one string; PayloadTooLarge beyond `max_bytes`.
  static Task<Result<std::string>> read_all(ClientResponse& response, size_t max_bytes);
  void close_idle();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tandem::net
