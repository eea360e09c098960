#include "gateway/queue/errors.h"

#include "gateway/queue/priority.h"

namespace tandem::gateway::errors {
namespace {

std::string of_endpoint(std::string_view endpoint) {
  return "The endpoint \"" + std::string(endpoint) + "\"";
}

}  // namespace

Error queue_full(std::string_view endpoint, int64_t going, int64_t waiting, int64_t retry_after_s) {
  Error error(Code::Overloaded,
              of_endpoint(endpoint) + " is busy: " + std::to_string(going) + " calls go and " +
                  std::to_string(waiting) + " wait, which is as many as its queue takes.",
              "Try again when retry-after has passed, or have queue.max_waiting raised.");
  error.retry_after_s = retry_after_s;
  return error;
}

Error waited_in_vain(std::string_view endpoint, int64_t waited_ms, int64_t retry_after_s) {
  Error error(Code::Overloaded,
              of_endpoint(endpoint) + " had no place for the call within " +
                  std::to_string(waited_ms) + " ms.",
              "Try again when retry-after has passed, or have queue.max_wait_ms raised.");
  error.retry_after_s = retry_after_s;
  return error;
}

Error high_not_allowed(std::string_view endpoint, std::string_view project) {
  return Error(Code::PermissionDenied,
               "The project \"" + std::string(project) +
                   "\" may not send calls of high priority to the endpoint \"" +
                   std::string(endpoint) + "\".",
               "Send normal or low, or have the project added to queue.high of the endpoint.",
               std::string(kPriorityHeader));
}

}  // namespace tandem::gateway::errors
