// What the ledger knows of the attempts under one request id: for who makes a call again after a
// restart. Inside a Db job.
#pragma once

#include <string_view>

#include "base/result.h"
#include "store/db.h"

namespace tandem::cost {

struct KnownAttempts {
  int highest = 0;    // number of the last one; 0: none
  bool paid = false;  // one of them is settled or estimated
};
Result<KnownAttempts> find_attempts(store::Connection& connection, std::string_view request_id);

}  // namespace tandem::cost
