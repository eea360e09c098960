// Plain loopback sockets for the benchmark tools, without a framework between the measured server
// and the clock. Everything is non-blocking; every descriptor is owned by a UniqueFd.
//   UniqueFd fd = connect_to(address);      // in progress; EPOLLOUT says when it is through
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <utility>

namespace tandem::bench {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset(std::exchange(other.fd_, -1));
    }
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// Resolves "host:port". Throws std::invalid_argument for anything but a loopback address: these
// tools load servers as fast as they can, so they only ever speak to the machine they run on.
Address loopback_address(const std::string& host_and_port);

// Throws std::system_error where the port is taken. Port 0 picks a free one.
UniqueFd listen_on(const Address& address);
uint16_t local_port(const UniqueFd& socket);

// Starts to connect; an empty descriptor when the kernel refuses at once.
UniqueFd connect_to(const Address& address);
void set_no_delay(int fd);

// True when a connect in progress has ended well.
bool connected(int fd);

// A timer that an epoll loop can wait for, with the resolution of the clock rather than of
// epoll_wait's milliseconds. `at_ns` is on now_ns()'s clock; 0 disarms.
UniqueFd make_timer();
void arm_timer(const UniqueFd& timer, uint64_t at_ns);
void drain_timer(const UniqueFd& timer);

// Dies with the process that started it, and at the latest after `seconds`.
void stop_by_itself(uint32_t seconds);

// As many descriptors as the hard limit allows: shells usually give 1,024.
void raise_descriptor_limit();

}  // namespace tandem::bench
