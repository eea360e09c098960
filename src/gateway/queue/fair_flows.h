// FairFlows: the order in which one class of waiting calls is served: start-time fair queueing over
// tenants, so that each gets its weight's share of what is handed out, whoever asks more often and
// whoever asks for more at once. A tenant that was away earns nothing for it. Pure.
// Source: P. Goyal, H. M. Vin, H. Cheng, "Start-time Fair Queuing: A Scheduling Algorithm for
// Integrated Services Packet Switching Networks", SIGCOMM 1996: a call starts at the virtual time
// max(v, finish of the tenant's last call) and finishes cost / weight later; the least start goes
// next, and v is the start of the call that went last.
//   flows.serve("a", 1, 100);            // went at once: charged all the same
//   flows.push("b", 3, 100, ticket); …   // waits
//   ticket = flows.pop();
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::gateway {

class FairFlows {
 public:
  using Ticket = uint64_t;  // rises in the order of arrival

  // A call that need not wait.
  void serve(std::string_view tenant, int64_t weight, int64_t cost);
  void push(std::string_view tenant, int64_t weight, int64_t cost, Ticket ticket);
  // The next to be served; there must be one.
  Ticket pop();
  // Gone without having been served, and not charged. False: it does not wait here.
  bool remove(Ticket ticket);

  size_t size() const { return waiting_.size(); }
  bool empty() const { return waiting_.empty(); }
  Ticket oldest() const { return waiting_.begin()->first; }
  bool holds(Ticket ticket) const { return waiting_.contains(ticket); }

  // How many of a tenant's calls wait for each unit of its weight, `more` of them added; ×1000.
  int64_t crowd(std::string_view tenant, int64_t weight, int64_t more) const;
  // The newest call of the tenant with the largest crowd, and that crowd.
  std::pair<Ticket, int64_t> last_of_largest_crowd() const;

 private:
  struct Call {
    Ticket ticket;
    int64_t cost;
  };
  struct Flow {
    int64_t next = 0;  // virtual: the finish of its last call; the start of its first that waits
    int64_t weight = 1;
    std::list<Call> calls;
    bool active() const { return !calls.empty(); }
  };
  using Flows = std::map<std::string, Flow, std::less<>>;
  struct Place {
    Flows::iterator flow;
    std::list<Call>::iterator call;
  };
  // Least start first; at the same start whoever came first.
  struct Head {
    int64_t start;
    Ticket ticket;
    Flows::iterator flow;
    bool operator<(const Head& other) const {
      return start != other.start ? start < other.start : ticket < other.ticket;
    }
  };
  Flow& flow_of(std::string_view tenant, int64_t weight);
  void forget_idle();

  Flows flows_;
  std::set<Head> heads_;  // of the active flows
  std::map<Ticket, Place> waiting_;
  int64_t virtual_ = 0;
};

}  // namespace tandem::gateway
