// One raw HTTP exchange with a server of this process, for tests below the real clients: what is
// sent is what the test wrote, byte by byte. Blocks until the server closes the connection.
//   const std::string raw = loopback_exchange(server.port(), "GET / HTTP/1.1\r\n…");
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace tandem::net::testing {

inline std::string loopback_exchange(uint16_t port, std::string_view request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string got;
  char buffer[65536];
  for (ssize_t count; (count = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
    got.append(buffer, static_cast<size_t>(count));
  }
  ::close(fd);
  return got;
}

}  // namespace tandem::net::testing
