#include "gateway/queue/fair_flows.h"

#include <algorithm>

namespace tandem::gateway {
namespace {

// Virtual time is in thousandths of a token, so that weights divide well. A call counts as at most
// so many tokens: the sum stays far below 2^63 for as long as a server runs.
constexpr int64_t kUnit = 1'000;
constexpr int64_t kMostCost = 10'000'000;
constexpr size_t kKeptFlows = 256;

int64_t length(int64_t cost, int64_t weight) {
  return std::max<int64_t>(std::clamp<int64_t>(cost, 1, kMostCost) * kUnit / weight, 1);
}

}  // namespace

FairFlows::Flow& FairFlows::flow_of(std::string_view tenant, int64_t weight) {
  auto found = flows_.find(tenant);
  if (found == flows_.end()) {
    if (flows_.size() >= kKeptFlows) forget_idle();
    found = flows_.emplace(std::string(tenant), Flow{}).first;
  }
  Flow& flow = found->second;
  flow.weight = std::max<int64_t>(weight, 1);
  if (!flow.active()) flow.next = std::max(flow.next, virtual_);
  return flow;
}

// A flow that has nothing waiting and is not ahead would start at the virtual time anyhow.
void FairFlows::forget_idle() {
  std::erase_if(flows_, [this](const auto& entry) {
    return !entry.second.active() && entry.second.next <= virtual_;
  });
}

void FairFlows::serve(std::string_view tenant, int64_t weight, int64_t cost) {
  Flow& flow = flow_of(tenant, weight);
  virtual_ = std::max(virtual_, flow.next);
  flow.next += length(cost, flow.weight);
}

void FairFlows::push(std::string_view tenant, int64_t weight, int64_t cost, Ticket ticket) {
  Flow& flow = flow_of(tenant, weight);
  const auto at = flows_.find(tenant);
  flow.calls.push_back({ticket, cost});
  if (flow.calls.size() == 1) heads_.insert({flow.next, ticket, at});
  waiting_.emplace(ticket, Place{at, std::prev(flow.calls.end())});
}

FairFlows::Ticket FairFlows::pop() {
  const Head head = *heads_.begin();
  heads_.erase(heads_.begin());
  Flow& flow = head.flow->second;
  const Call call = flow.calls.front();
  flow.calls.pop_front();
  waiting_.erase(call.ticket);
  virtual_ = std::max(virtual_, head.start);
  flow.next = head.start + length(call.cost, flow.weight);
  if (flow.active()) heads_.insert({flow.next, flow.calls.front().ticket, head.flow});
  return call.ticket;
}

bool FairFlows::remove(Ticket ticket) {
  const auto found = waiting_.find(ticket);
  if (found == waiting_.end()) return false;
  const Place place = found->second;
  waiting_.erase(found);
  Flow& flow = place.flow->second;
  const bool first = place.call == flow.calls.begin();
  if (first) heads_.erase(Head{flow.next, ticket, place.flow});
  flow.calls.erase(place.call);
  // The next one starts where this one would have.
  if (first && flow.active()) {
    heads_.insert({flow.next, flow.calls.front().ticket, place.flow});
  }
  return true;
}

int64_t FairFlows::crowd(std::string_view tenant, int64_t weight, int64_t more) const {
  const auto found = flows_.find(tenant);
  const size_t calls = found == flows_.end() ? 0 : found->second.calls.size();
  return (static_cast<int64_t>(calls) + more) * kUnit / std::max<int64_t>(weight, 1);
}

std::pair<FairFlows::Ticket, int64_t> FairFlows::last_of_largest_crowd() const {
  std::pair<Ticket, int64_t> largest{0, -1};
  for (const Head& head : heads_) {
    const Flow& flow = head.flow->second;
    const int64_t crowd = static_cast<int64_t>(flow.calls.size()) * kUnit / flow.weight;
    if (crowd > largest.second) largest = {flow.calls.back().ticket, crowd};
  }
  return largest;
}

}  // namespace tandem::gateway
