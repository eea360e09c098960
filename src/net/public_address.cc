#include "net/public_address.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>

namespace tandem::net {
namespace {

namespace ip = boost::asio::ip;

struct Block4 {
  uint32_t first;
  int bits;
};
constexpr uint32_t v4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}
constexpr std::array kSpecial4 = {
    Block4{v4(0, 0, 0, 0), 8},       // this network
    Block4{v4(10, 0, 0, 0), 8},      // private
    Block4{v4(100, 64, 0, 0), 10},   // shared by carriers
    Block4{v4(127, 0, 0, 0), 8},     // loopback
    Block4{v4(169, 254, 0, 0), 16},  // link local: metadata of clouds
    Block4{v4(172, 16, 0, 0), 12},   // private
    Block4{v4(192, 0, 0, 0), 24},    // protocol assignments
    Block4{v4(192, 0, 2, 0), 24},    // documentation
    Block4{v4(192, 88, 99, 0), 24},  // relays of 6to4
    Block4{v4(192, 168, 0, 0), 16},  // private
    Block4{v4(198, 18, 0, 0), 15},   // benchmarks
    Block4{v4(198, 51, 100, 0), 24}, Block4{v4(203, 0, 113, 0), 24},  // documentation
    Block4{v4(224, 0, 0, 0), 3},  // multicast, reserved, broadcast
};

bool is_public(const ip::address_v4& address) {
  const uint32_t value = address.to_uint();
  return std::none_of(kSpecial4.begin(), kSpecial4.end(), [value](const Block4& block) {
    const uint32_t mask = ~uint32_t{0} << (32 - block.bits);
    return (value & mask) == block.first;
  });
}

// Only global unicast, 2000::/3, without what stands for other addresses or for none.
bool is_public(const ip::address_v6& address) {
  if (address.scope_id() != 0) return false;
  const auto bytes = address.to_bytes();
  const auto group = [&bytes](size_t i) {
    return static_cast<unsigned>(bytes[2 * i]) << 8 | bytes[2 * i + 1];
  };
  if ((bytes[0] & 0xe0) != 0x20) return false;
  if (group(0) == 0x2001 && group(1) < 0x0200) return false;   // 2001::/23: Teredo, ORCHID …
  if (group(0) == 0x2001 && group(1) == 0x0db8) return false;  // documentation
  if (group(0) == 0x2002) return false;                        // 6to4
  return (group(0) & 0xfff0) != 0x3ff0;                        // 3fff::/20, documentation
}

}  // namespace

bool is_public_address(std::string_view text) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  if (error) return false;
  if (address.is_v4()) return is_public(address.to_v4());
  return is_public(address.to_v6());
}

}  // namespace tandem::net
