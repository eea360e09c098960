// The Open Inference Protocol v2 surface over HTTP: JSON and binary tensors. See ../surface.h.
#pragma once

#include "base/async/snapshot.h"
#include "gateway/catalog/endpoint.h"
#include "gateway/surface.h"

namespace tandem::gateway::oip {

class OipSurface final : public Surface {
 public:
  // `catalogs` outlives this: a request can only be read with its model's metadata at hand.
  explicit OipSurface(const Snapshot<Catalog>& catalogs) : catalogs_(catalogs) {}
  Result<Call> read(net::Exchange& exchange) const override;
  Result<Rendered> render(const Call& call, AttemptResult& result, const std::string& endpoint,
                          OutputGate* gate) const override;
  void describe_input(Call& call, trace::Span& span) const override;
  Result<Call> probe(std::string_view text) const override;

 private:
  const Snapshot<Catalog>& catalogs_;
};

}  // namespace tandem::gateway::oip
