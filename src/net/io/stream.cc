#include "net/io/stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "base/async/token.h"
#include "net/io/socket_holder.h"
#include "net/io/tls_context.h"

namespace tandem::net {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr size_t kMaxPieces = 16;

IoResult result_of(const ErrorCode& error, size_t bytes) {
  IoResult result;
  result.bytes = bytes;
  result.ok = !error;
  if (error) {
    result.end = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
    result.message = error.message();
  }
  return result;
}

asio::ssl::context& context_of(const TlsContext& context) {
  return *static_cast<asio::ssl::context*>(context.native());
}

size_t total_size(std::span<const std::string_view> pieces) {
  size_t total = 0;
  for (std::string_view piece : pieces) total += piece.size();
  return total;
}

}  // namespace

Stream::Stream(std::unique_ptr<SocketHolder> socket) : socket_(std::move(socket)) {
  ErrorCode ignored;
  socket_->socket.non_blocking(true, ignored);
  socket_->socket.set_option(Tcp::no_delay(true), ignored);
}

Stream::~Stream() = default;

Task<Result<void>> Stream::tls_accept(const TlsContext& context) {
  socket_->tls = std::make_unique<TlsStream>(socket_->socket, context_of(context));
  auto [error] = co_await socket_->tls->async_handshake(asio::ssl::stream_base::server, kToken);
  if (error) co_return fail(Code::InvalidArgument, "TLS handshake failed: " + error.message());
  co_return Result<void>{};
}

Task<Result<void>> Stream::tls_connect(const TlsContext& context, const std::string& host) {
  socket_->tls = std::make_unique<TlsStream>(socket_->socket, context_of(context));
  SSL_set_tlsext_host_name(socket_->tls->native_handle(), host.c_str());
  ErrorCode ignored;
  socket_->tls->set_verify_callback(asio::ssl::host_name_verification(host), ignored);
  auto [error] = co_await socket_->tls->async_handshake(asio::ssl::stream_base::client, kToken);
  if (error) {
    co_return fail(Code::UpstreamError,
                   "The TLS handshake with " + host + " failed: " + error.message() + ".",
                   "Check the certificate, the host name and ca_file.");
  }
  co_return Result<void>{};
}

Task<IoResult> Stream::read_some(char* data, size_t size) {
  const auto buffer = asio::buffer(data, size);
  if (socket_->tls) {
    auto [error, bytes] = co_await socket_->tls->async_read_some(buffer, kToken);
    co_return result_of(error, bytes);
  }
  auto [error, bytes] = co_await socket_->socket.async_read_some(buffer, kToken);
  co_return result_of(error, bytes);
}

void Stream::start_read(char* data, size_t size, std::function<void(const IoResult&)> done) {
  auto handler = [done = std::move(done)](const ErrorCode& error, size_t bytes) {
    done(result_of(error, bytes));
  };
  const auto buffer = asio::buffer(data, size);
  if (socket_->tls)
    socket_->tls->async_read_some(buffer, std::move(handler));
  else
    socket_->socket.async_read_some(buffer, std::move(handler));
}

size_t Stream::try_write(std::span<const std::string_view> pieces, bool& failed) {
  failed = false;
  if (socket_->tls || pieces.size() > kMaxPieces) return 0;
  iovec vectors[kMaxPieces];
  size_t count = 0;
  for (std::string_view piece : pieces) {
    if (!piece.empty()) vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  const ssize_t sent = ::sendmsg(socket_->socket.native_handle(), &message, MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<size_t>(sent);
  failed = errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  return 0;
}

Task<IoResult> Stream::write(std::span<const std::string_view> pieces) {
  const size_t total = total_size(pieces);
  bool failed = false;
  size_t sent = try_write(pieces, failed);
  if (failed) {
    IoResult result;
    result.message = "The connection was reset.";
    co_return result;
  }
  if (sent == total) co_return result_of({}, total);
  std::vector<asio::const_buffer> rest;
  for (std::string_view piece : pieces) {
    const size_t skip = std::min(sent, piece.size());
    sent -= skip;
    if (skip < piece.size()) rest.emplace_back(piece.data() + skip, piece.size() - skip);
  }
  if (socket_->tls) {
    auto [error, bytes] = co_await asio::async_write(*socket_->tls, rest, kToken);
    co_return result_of(error, bytes);
  }
  auto [error, bytes] = co_await asio::async_write(socket_->socket, rest, kToken);
  co_return result_of(error, bytes);
}

bool Stream::is_open() const {
  return socket_->socket.is_open();
}

bool Stream::is_stale() const {
  if (!is_open()) return true;
  char byte;
  const int fd = const_cast<SocketHolder&>(*socket_).socket.native_handle();
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
         (errno != EAGAIN && errno != EWOULDBLOCK);
}

void Stream::close() {
  ErrorCode ignored;
  socket_->socket.close(ignored);
}

void Stream::shutdown_send() {
  ErrorCode ignored;
  socket_->socket.shutdown(Socket::shutdown_send, ignored);
}

void Stream::reset() {
  ErrorCode ignored;
  socket_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

std::string Stream::peer_address() const {
  ErrorCode error;
  const auto endpoint = socket_->socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

}  // namespace tandem::net
