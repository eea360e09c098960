// GET /api/tandem/v1/traces and /traces/{trace_id}. Thin handlers: reading and rendering happen on
// the database's reader threads.
//   for (net::Route& route : trace_routes({traces, &recorder})) routes.push_back(std::move(route));
#pragma once

#include "base/context.h"
#include "net/route.h"
#include "trace/recorder.h"
#include "trace/store.h"

namespace tandem::trace {

struct TraceApi {  // both outlive the routes
  TraceStore& store;
  // Asked to hurry where a trace is not found yet, so that a call's trace can be read at once.
  Recorder* recorder = nullptr;
};

net::Routes trace_routes(const TraceApi& api);

// What `principal` may see: without the right to every project its own, whatever ?project= says.
Result<Scope> scope_of(const Principal& principal, const net::Request& request);
Result<ListQuery> list_query_of(const Principal& principal, const net::Request& request);
Result<DetailQuery> detail_query_of(const Principal& principal, const net::Request& request);

}  // namespace tandem::trace
