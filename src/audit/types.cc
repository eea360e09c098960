#include "audit/types.h"

namespace tandem::audit {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Success:
      return "success";
    case Outcome::Denied:
      return "denied";
    case Outcome::Failure:
      return "failure";
  }
  return "failure";
}

Outcome outcome_of_status(int http_status) {
  if (http_status < 400) return Outcome::Success;
  const bool denied = http_status == 401 || http_status == 403 || http_status == 429;
  return denied ? Outcome::Denied : Outcome::Failure;
}

Event Event::of(const RequestContext& context) {
  Event event;
  event.actor_key = context.principal.key.str();
  event.actor_user = context.principal.user.str();
  event.project = context.project().str();
  event.request_id = context.request_id.str();
  if (context.trace.trace_id.valid()) event.trace_id = context.trace.trace_id.hex();
  return event;
}

}  // namespace tandem::audit
