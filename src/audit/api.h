// GET /api/tandem/v1/audit and /audit/verify, and the record of every mutation over HTTP.
//   for (net::Route& route : audit_routes(audit)) routes.push_back(std::move(route));
//   audit_mutations(routes, audit);
#pragma once

#include <string>

#include "audit/log.h"
#include "base/context.h"
#include "net/route.h"

namespace tandem::audit {

net::Routes audit_routes(AuditLog& log);  // `log` outlives the routes

// The query of GET /audit as `principal` may ask it: without the right to every project, its own.
Result<EventQuery> event_query_of(const Principal& principal, const net::Request& request);

// One event as JSON; a page of them; what verify found.
void write_event(std::string& out, const StoredEvent& stored);
std::string page_json(const EventPage& page);
std::string verification_json(const Verification& verification);

// Gives every mutation (routes with an audit action) its event: after its handler and before its
// answer leaves, so that what could not be audited is not answered with success. An answer that
// only repeats an earlier one (Idempotency-Key) is none. Called once, where the routes are put
// together, after whatever else wraps them. `log` outlives them.
void audit_mutations(net::Routes& routes, AuditLog& log);

// What a mutation was about: "keys/key_01J…". Its path, or for a creation (POST) the noun of its
// route and the `id` in the answer; `response` is null where it failed.
std::string resource_of(const net::Route& route, const net::Request& request,
                        const net::Response* response);

}  // namespace tandem::audit
