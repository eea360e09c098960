// /api/tandem/v1: keys, projects, teams and users. Thin handlers over the services of Identity.
//   net::Routes routes = identity::api_routes(*identity);      // identity outlives the routes
#pragma once

#include "identity/identity.h"
#include "net/route.h"

namespace tandem::identity {

net::Routes api_routes(Identity& identity);

}  // namespace tandem::identity
