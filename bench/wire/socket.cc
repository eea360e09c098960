#include "wire/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace tandem::bench {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

uint16_t parse_port(const std::string& text) {
  size_t used = 0;
  const unsigned long port = std::stoul(text, &used);
  if (used != text.size() || port > 65535) {
    throw std::invalid_argument("not a port: " + text);
  }
  return static_cast<uint16_t>(port);
}

}  // namespace

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) {
    close(fd_);
  }
  fd_ = fd;
}

Address loopback_address(const std::string& host_and_port) {
  const size_t colon = host_and_port.rfind(':');
  if (colon == std::string::npos) {
    throw std::invalid_argument("expected host:port, got " + host_and_port);
  }
  const std::string host = host_and_port.substr(0, colon);
  const uint16_t port = parse_port(host_and_port.substr(colon + 1));
  Address address;
  if (host == "[::1]") {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    v6->sin6_addr = in6addr_loopback;
    address.length = sizeof(sockaddr_in6);
    return address;
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(port);
  address.length = sizeof(sockaddr_in);
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  if (inet_pton(AF_INET, numeric.c_str(), &v4->sin_addr) != 1 ||
      (ntohl(v4->sin_addr.s_addr) >> 24) != 127) {
    throw std::invalid_argument("only loopback targets are allowed (127.0.0.0/8, [::1], " +
                                std::string("localhost), not ") + host);
  }
  return address;
}

UniqueFd listen_on(const Address& address) {
  UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) {
    fail("socket");
  }
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0) {
    fail("bind");
  }
  if (listen(fd.get(), 4096) != 0) {
    fail("listen");
  }
  return fd;
}

uint16_t local_port(const UniqueFd& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    fail("getsockname");
  }
  return ntohs(storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

UniqueFd connect_to(const Address& address) {
  UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) {
    return {};
  }
  set_no_delay(fd.get());
  const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(fd.get(), target, address.length) != 0 && errno != EINPROGRESS) {
    return {};
  }
  return fd;
}

void set_no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool connected(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

UniqueFd make_timer() {
  UniqueFd timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer) {
    fail("timerfd_create");
  }
  return timer;
}

void arm_timer(const UniqueFd& timer, uint64_t at_ns) {
  itimerspec spec{};
  spec.it_value.tv_sec = static_cast<time_t>(at_ns / 1'000'000'000);
  spec.it_value.tv_nsec = static_cast<long>(at_ns % 1'000'000'000);
  timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void drain_timer(const UniqueFd& timer) {
  uint64_t expirations = 0;
  [[maybe_unused]] const ssize_t got = read(timer.get(), &expirations, sizeof expirations);
}

void stop_by_itself(uint32_t seconds) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  alarm(seconds);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace tandem::bench
