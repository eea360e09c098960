// What net asks of the layers above it; app wires identity, audit and metrics in here.
#pragma once

#include "base/result.h"
#include "net/exchange.h"
#include "net/route.h"

namespace tandem::net {

// Decides who calls and whether they may: called when the head of a request is complete, before its
// body is read. Fills context.principal. Runs on the io thread and must not block.
class Gatekeeper {
 public:
  virtual ~Gatekeeper() = default;
  virtual Result<void> admit(const Route& route, const Request& request,
                             RequestContext& context) = 0;
};

// Told of every finished request; for metrics. Must not block.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  virtual void finished(const Route* route, int status, int64_t duration_us) = 0;
};

}  // namespace tandem::net
