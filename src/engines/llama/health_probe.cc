#include "engines/llama/health_probe.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string_view>

#include "base/async/token.h"

namespace tandem::engines {

namespace asio = boost::asio;

Health read_health(const char* bytes, size_t size) {
  const std::string_view head(bytes, size);
  // "HTTP/1.1 200 OK": the status stands at byte 9 (RFC 9112 section 4).
  if (!head.starts_with("HTTP/1.") || head.size() < 12) return Health::Unreachable;
  return head.substr(9, 3) == "200" ? Health::Healthy : Health::Loading;
}

Task<Health> probe_health(IoContext& io, uint16_t port, int64_t timeout_ms) {
  using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  // Shared: the timer may run out in the very turn in which this task ends.
  auto shared = std::make_shared<Socket>(io);
  Socket& socket = *shared;
  Timer timer(io, std::chrono::milliseconds(timeout_ms));
  timer.async_wait([shared](boost::system::error_code error) {
    boost::system::error_code ignored;
    if (!error) shared->close(ignored);
  });
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  auto [connect_error] = co_await socket.async_connect(endpoint, kToken);
  if (connect_error) co_return Health::Unreachable;
  static constexpr std::string_view kRequest =
      "GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
  const asio::const_buffer request(kRequest.data(), kRequest.size());
  auto [write_error, written] = co_await asio::async_write(socket, request, kToken);
  if (write_error) co_return Health::Unreachable;
  std::array<char, 16> head{};
  auto [read_error, count] = co_await asio::async_read(socket, asio::buffer(head), kToken);
  co_return read_health(head.data(), count);
}

}  // namespace tandem::engines
