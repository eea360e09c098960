// POST /v1/messages/count_tokens and the like: how many input tokens a request would be, without
// running it. The provider is asked where it can say, else Tandem counts or estimates as it does
// for reservations. Costs nothing and leaves no ledger row; key, scope and guard are as for the
// call itself.
#pragma once

#include "gateway/path_services.h"
#include "gateway/surface.h"

namespace tandem::gateway {

// `field` is what the answer calls the number.
Task<Result<void>> count_tokens(const PathServices& services, net::Exchange& exchange,
                                const Surface& surface, std::string_view field);

}  // namespace tandem::gateway
