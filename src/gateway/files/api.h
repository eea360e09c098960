// OpenAI's files API: POST /v1/files, GET /v1/files, GET and DELETE /v1/files/{id},
// GET /v1/files/{id}/content; the same without /v1. A file is its project's and nobody else's.
#pragma once

#include "gateway/files/service.h"
#include "net/route.h"

namespace tandem::gateway::files {

// `files` outlives the routes.
net::Routes file_routes(Files& files);

}  // namespace tandem::gateway::files
