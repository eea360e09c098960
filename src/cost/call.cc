#include "cost/call.h"

#include <array>

namespace tandem::cost {

std::string_view state_name(State state) {
  switch (state) {
    case State::Settled:
      return "settled";
    case State::Estimated:
      return "estimated";
    case State::Released:
      return "released";
  }
  return "estimated";
}

std::string_view tier_name(Tier tier) {
  return tier == Tier::Batch ? "batch" : "standard";
}

std::string_view reason_name(Reason reason) {
  constexpr std::array<std::string_view, static_cast<size_t>(Reason::kCount)> kNames{
      "none",      "rejected",  "rate_limited", "server_error", "timeout",     "reset",
      "malformed", "cancelled", "not_sent",     "hedge_lost",   "already_paid"};
  return reason < Reason::kCount ? kNames[static_cast<size_t>(reason)] : kNames[0];
}

}  // namespace tandem::cost
