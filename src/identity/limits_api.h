// /api/tandem/v1/limits: how much projects, teams, users, keys and endpoints may call. Thin
// handlers; changes go to the admin pool and need the admin key; a key sees the limits that it
// counts in.
#pragma once

#include "base/async/pool.h"
#include "identity/identity.h"
#include "net/route.h"

namespace tandem::identity {

// Both outlive the routes.
net::Routes limits_routes(Identity& identity, Pool& admin);

}  // namespace tandem::identity
