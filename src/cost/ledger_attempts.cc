#include "cost/ledger_attempts.h"

#include <algorithm>

#include "cost/call.h"

namespace tandem::cost {
namespace {

constexpr store::Statement kOfRequest{"ledger_attempts_of_request",
                                      "SELECT attempt, state FROM ledger WHERE request_id = ?"};

}  // namespace

Result<KnownAttempts> find_attempts(store::Connection& connection, std::string_view request_id) {
  KnownAttempts known;
  TRY_VOID(connection.query(kOfRequest, {request_id}, [&](const store::Row& row) {
    known.highest = std::max(known.highest, static_cast<int>(row.integer(0)));
    known.paid = known.paid || row.text(1) != state_name(State::Released);
    return true;
  }));
  return known;
}

}  // namespace tandem::cost
