// The gatekeeper of net over identity: authenticates by the headers, then asks whether the route's
// permission is among the principal's. See net/ports.h.
#pragma once

#include "identity/identity.h"
#include "net/ports.h"

namespace tandem::app {

class Gate final : public net::Gatekeeper {
 public:
  explicit Gate(const identity::Identity& identity) : identity_(identity) {}
  Result<void> admit(const net::Route& route, const net::Request& request,
                     RequestContext& context) override;

 private:
  const identity::Identity& identity_;
};

}  // namespace tandem::app
