// Stream: one TCP connection, plain or TLS, with values for errors. It belongs to one io thread; at
// most one read and one write are under way at a time. Closing it ends both with an error.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/async/task.h"
#include "net/http/url.h"

namespace tandem::net {

// A connected socket or an SSL context, hidden so that this header stays light.
struct SocketHolder;
class TlsContext;

struct IoResult {
  bool ok = false;
  bool end = false;  // the peer closed in order
  size_t bytes = 0;
  std::string message;  // what failed, where !ok
};

class Stream {
 public:
  explicit Stream(std::unique_ptr<SocketHolder> socket);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  // TLS as the server (accepting) or as the client (checks the name `host` and sends it as SNI).
  Task<Result<void>> tls_accept(const TlsContext& context);
  Task<Result<void>> tls_connect(const TlsContext& context, const std::string& host);

  Task<IoResult> read_some(char* data, size_t size);
  // The same with a callback, run on the io thread; `data` and what `done` captures outlive the
  // read.
  void start_read(char* data, size_t size, std::function<void(const IoResult&)> done);
  // Writes all of the pieces, in one writev where the socket takes it. Tries without waiting first.
  Task<IoResult> write(std::span<const std::string_view> pieces);
  // As much of the pieces as the socket takes now; plain connections only (0 for TLS).
  size_t try_write(std::span<const std::string_view> pieces, bool& failed);

  bool is_open() const;
  // Whether the peer has closed or sent something unasked: such a connection is not reused.
  bool is_stale() const;
  void close();
  // Sends a FIN and leaves the reading side open.
  void shutdown_send();
  // Resets instead of closing in order: what tells a client that a body was cut.
  void reset();
  std::string peer_address() const;

 private:
  std::unique_ptr<SocketHolder> socket_;
};

}  // namespace tandem::net
