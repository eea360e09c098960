// CallState: what the attempts of one governed call share: the call itself, its client, and what
// has been made of it so far. Owned by GovernedCall; one io thread.
#pragma once

#include <memory>
#include <string>

#include "base/async/event.h"
#include "cost/usage.h"
#include "gateway/call.h"
#include "gateway/call_trace.h"
#include "gateway/catalog/endpoint.h"
#include "gateway/kept_answer.h"
#include "gateway/path_services.h"
#include "gateway/surface.h"
#include "identity/rate_limits.h"
#include "net/exchange.h"

namespace tandem::gateway {

class Attempt;

// Where a call comes from, where that is not a client who waits for it.
struct CallOrigin {
  bool batch = false;       // a line of a batch
  int attempts_before = 0;  // attempts under the same request id, before a restart or a new try
  // One of those was paid and its answer is lost: this one is asked for again and costs nothing.
  bool already_paid = false;
};

struct CallState {
  CallState(const PathServices& path, net::Exchange& client, const Surface& protocol,
            CallOrigin from)
      : services(path),
        exchange(client),
        context(client.context()),
        surface(protocol),
        origin(from),
        trace(client.context()),
        attempts(from.attempts_before) {}

  const PathServices& services;
  net::Exchange& exchange;
  RequestContext& context;
  const Surface& surface;
  const CallOrigin origin;
  Call call;
  std::shared_ptr<const Endpoint> endpoint;
  CallTrace trace;
  identity::RateLimits::Admission admission;
  cost::Usage estimate;  // of one attempt, before anybody was asked

  int attempts = 0;                    // begun so far, with those before
  const Attempt* answering = nullptr;  // whose answer the client gets; null: still open
  Event* changed = nullptr;            // where several run: notified when one begins to answer
  bool client_gone = false;
  int64_t queued_us = 0;            // it waited for its turn
  int64_t events_written = 0;       // to the client, of a dialect that numbers them
  int64_t billed_tokens = 0;        // of all attempts that have ended
  cost::NanoUsd cost_nano_usd = 0;  // the same
  KeptAnswer kept;                  // for who repeats the call
  cost::Usage answered;             // what the pieces of an answer took that others have begun

  const EndpointConfig& config() const { return endpoint->config; }
  // Time that is ours: the whole without the waiting for targets.
  int64_t overhead_us() const {
    const int64_t elapsed = steady_now_us() - context.started_steady_us - context.waited_us;
    return elapsed > 0 ? elapsed : 0;
  }
};

// The headers that every governed answer carries; `target` is null before one was asked.
std::string call_headers(const CallState& state, const Target* target);

}  // namespace tandem::gateway
