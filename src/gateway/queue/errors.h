// Every sentence of a queue that a user can read.
#pragma once

#include <string>
#include <string_view>

#include "base/error/error.h"

namespace tandem::gateway::errors {

Error queue_full(std::string_view endpoint, int64_t going, int64_t waiting, int64_t retry_after_s);
Error waited_in_vain(std::string_view endpoint, int64_t waited_ms, int64_t retry_after_s);
Error high_not_allowed(std::string_view endpoint, std::string_view project);

}  // namespace tandem::gateway::errors
