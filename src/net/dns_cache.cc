#include "net/dns_cache.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <unordered_map>

#include "base/async/token.h"
#include "base/clock.h"

namespace tandem::net {

using boost::asio::ip::tcp;
using Resolver = boost::asio::ip::basic_resolver<tcp, Executor>;

constexpr int64_t kKeepUs = 30'000'000;
constexpr int64_t kKeepStaleUs = 90'000'000;

struct DnsCache::State {
  explicit State(IoThread& thread) : resolver(thread.io().get_executor()) {}
  struct Entry {
    std::vector<Endpoint> endpoints;
    SteadyUs at_us;
  };
  Resolver resolver;
  std::unordered_map<std::string, Entry> entries;
};

DnsCache::DnsCache(IoThread& thread) : state_(std::make_unique<State>(thread)) {}
DnsCache::~DnsCache() = default;

Task<Result<std::vector<Endpoint>>> DnsCache::resolve(const std::string& host,
                                                      const std::string& port) {
  boost::system::error_code error;
  const auto literal = boost::asio::ip::make_address(host, error);
  const auto port_number = static_cast<uint16_t>(std::strtoul(port.c_str(), nullptr, 10));
  if (!error) co_return std::vector<Endpoint>(1, Endpoint{literal.to_string(), port_number});
  const std::string key = host + ":" + port;
  const auto known = state_->entries.find(key);
  const bool have = known != state_->entries.end();
  const SteadyUs now_us = steady_now_us();
  if (have && now_us - known->second.at_us < kKeepUs) co_return known->second.endpoints;
  auto [failed, found] = co_await state_->resolver.async_resolve(host, port, kToken);
  if (failed) {
    const auto stale = state_->entries.find(key);
    if (stale != state_->entries.end() && now_us - stale->second.at_us < kKeepStaleUs) {
      co_return stale->second.endpoints;
    }
    co_return fail(Code::UpstreamError,
                   "The host " + host + " cannot be found: " + failed.message() + ".",
                   "Check the base_url of the provider and the name server.");
  }
  std::vector<Endpoint> endpoints;
  for (const auto& entry : found) {
    endpoints.push_back({entry.endpoint().address().to_string(), entry.endpoint().port()});
  }
  state_->entries.insert_or_assign(key, State::Entry{endpoints, now_us});
  co_return endpoints;
}

}  // namespace tandem::net
