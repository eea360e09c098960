#include "gateway/health/hedge.h"

namespace tandem::gateway {

Hedge::Action Hedge::waited() {
  Action action;
  if (winner_ || side_[0] != Side::Running || side_[1] != Side::Idle) return action;
  side_[1] = Side::Running;
  action.ask_second = true;
  return action;
}

Hedge::Action Hedge::stop_other(size_t side) {
  Action action;
  Side& other = side_[1 - side];
  if (other != Side::Running) return action;
  other = Side::Stopping;
  action.stop = 1 - side;
  return action;
}

Hedge::Action Hedge::began(size_t side) {
  if (winner_ || side_[side] != Side::Running) return {};
  winner_ = side;
  return stop_other(side);
}

Hedge::Action Hedge::ended(size_t side, bool answered) {
  side_[side] = Side::Ended;
  if (!answered) return {};
  if (!winner_) winner_ = side;
  return stop_other(side);
}

bool Hedge::over() const {
  for (const Side side : side_) {
    if (side == Side::Running || side == Side::Stopping) return false;
  }
  return true;
}

}  // namespace tandem::gateway
