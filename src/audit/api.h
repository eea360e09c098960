// GET /api/tandem/v1/audit and /audit/verify, and the record of every mutation over HTTP.
//   for (net::Route& route : audit_routes(audit)) routes.push_back(std::move(route));
//   net::Server server(…, &mutation_audit, …);
#pragma once

#include <string>

#include "audit/log.h"
#include "base/context.h"
#include "net/ports.h"
#include "net/route.h"

namespace tandem::audit {

net::Routes audit_routes(AuditLog& log);  // `log` outlives the routes

// The query of GET /audit as `principal` may ask it: without the right to every project, its own.
Result<EventQuery> event_query_of(const Principal& principal, const net::Request& request);

// One event as JSON; a page of them; what verify found.
void write_event(std::string& out, const StoredEvent& stored);
std::string page_json(const EventPage& page);
std::string verification_json(const Verification& verification);

// Writes one event per mutation (routes with an audit action), before its answer leaves: what could
// not be audited is not answered with success. App gives it to net::Server.
class MutationAudit final : public net::MutationLog {
 public:
  explicit MutationAudit(AuditLog& log) : log_(log) {}
  Task<Result<void>> record(const net::Exchange& exchange, int status) override;

 private:
  AuditLog& log_;  // outlives this
};

}  // namespace tandem::audit
