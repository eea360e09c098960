#include "gateway/health/outliers.h"

#include <algorithm>
#include <cmath>

namespace tandem::gateway {
namespace {

constexpr size_t kFewestPeers = 3;
constexpr double kLeastGap = 0.10;

double success_rate(const PeerWindow& peer) {
  return 1.0 - static_cast<double>(peer.failures) / static_cast<double>(peer.calls);
}

}  // namespace

bool stands_out(std::span<const PeerWindow> peers, size_t index, const OutliersConfig& options) {
  if (!options.enabled || peers[index].calls < options.min_calls) return false;
  double sum = 0, squares = 0;
  size_t compared = 0;
  for (const PeerWindow& peer : peers) {
    if (peer.calls < options.min_calls) continue;
    const double rate = success_rate(peer);
    sum += rate;
    squares += rate * rate;
    ++compared;
  }
  if (compared < kFewestPeers) return false;
  const auto count = static_cast<double>(compared);
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(squares / count - mean * mean, 0.0));
  const double factor = static_cast<double>(options.factor_percent) / 100;
  const double rate = success_rate(peers[index]);
  return rate < mean - factor * deviation && rate <= mean - kLeastGap;
}

bool may_eject(std::span<const PeerWindow> peers) {
  const auto away = std::count_if(peers.begin(), peers.end(),
                                  [](const PeerWindow& peer) { return peer.ejected; });
  return static_cast<size_t>(away + 1) * 2 <= peers.size();
}

bool Ejection::record(bool failed, const OutliersConfig& options) {
  in_a_row_ = failed ? in_a_row_ + 1 : 0;
  return options.enabled && options.consecutive_failures > 0 &&
         in_a_row_ >= options.consecutive_failures;
}

void Ejection::eject(const OutliersConfig& options, SteadyUs now_us) {
  const SteadyUs longest_us = std::max(options.eject_ms, options.longest_eject_ms) * 1000;
  // One that was well for as long as it may stand aside begins anew.
  if (now_us - until_us_ > longest_us) times_ = 0;
  ++times_;
  until_us_ = now_us + std::min(times_ * options.eject_ms * 1000, longest_us);
  in_a_row_ = 0;
}

}  // namespace tandem::gateway
