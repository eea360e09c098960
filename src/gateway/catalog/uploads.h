// POST /api/tandem/v1/models/upload?name=…: takes a model file as it streams in, keeps it as a
// blob, and gives it a name in the project. GET /models lists what was uploaded.
#pragma once

#include "base/async/pool.h"
#include "net/route.h"
#include "store/blobs.h"
#include "store/db.h"

namespace tandem::gateway {

// All outlive the routes.
net::Routes upload_routes(store::Db& db, store::Blobs& blobs, Pool& admin);

}  // namespace tandem::gateway
