#include "gateway/attempt_ended.h"

#include <algorithm>

#include "base/log.h"
#include "gateway/queue/call_queue.h"

namespace tandem::gateway {
namespace {

// A target that fails more than the others is asked after them for a while.
void look_for_outlier(const Endpoint& endpoint, const Target& target, const AttemptEnd& end,
                      metrics::Metrics& metrics) {
  const OutliersConfig& options = endpoint.config.outliers;
  const bool failed = end.outcome == Outcome::Failure;
  const bool in_a_row = target.health().count_in_a_row(failed, options);
  if (!failed || target.health().ejected(end.now_us)) return;
  std::vector<PeerWindow> peers;
  size_t index = endpoint.targets.size();
  for (const auto& peer : endpoint.targets) {
    if (peer.get() == &target) index = peers.size();
    peers.push_back(peer->health().window(endpoint.config.breaker, end.now_us));
  }
  if (index == endpoint.targets.size()) return;  // a fallback has no peers
  if ((!in_a_row && !stands_out(peers, index, options)) || !may_eject(peers)) return;
  target.health().eject(options, end.now_us);
  log::warn("gateway", "{} fails {}: for a while the endpoint {} asks its other targets first",
            target.label(), in_a_row ? "one call after the other" : "more than the others",
            endpoint.name);
  metrics
      .counter("tandem_outliers_ejected_total", "Times that a target was put after the others.",
               {{"target", target.label()}})
      .increment();
}

}  // namespace

void attempt_ended(const Endpoint& endpoint, const Target& target, const AttemptEnd& end,
                   metrics::Metrics& metrics) {
  const TargetRules rules = endpoint.rules_of(target);
  TargetHealth& health = target.health();
  if (health.end(end.outcome, end.begun_us, end.latency_us, rules, end.now_us)) {
    log::warn("gateway", "{} failed most of its last calls: no call goes to it for {} ms",
              target.label(), health.wait_ms(end.now_us));
    metrics
        .counter("tandem_breaker_opened_total", "Times that calls were kept away from a target.",
                 {{"target", target.label()}})
        .increment();
  }
  const bool counts = end.outcome != Outcome::Neutral && end.outcome != Outcome::Refused;
  if (endpoint.config.outliers.enabled && counts) look_for_outlier(endpoint, target, end, metrics);
  // An adaptive limit may have changed, and with it how many calls go at a time.
  if (endpoint.queue && rules.concurrency.adaptive) {
    endpoint.queue->set_target_capacity(endpoint.target_capacity());
  }
}

}  // namespace tandem::gateway
