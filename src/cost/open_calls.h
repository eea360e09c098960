// Which reservations of the journal have no end yet, and where the oldest stands: what the folder
// needs for its checkpoint and recovery for its orphans. Memory is bounded by the calls that are
// open at once. Pure, one thread.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "cost/record.h"
#include "store/journal.h"

namespace tandem::cost {

class OpenCalls {
 public:
  void reserved(const CallRecord& call, store::Position at);
  void ended(const CallRecord& call);

  size_t size() const { return by_position_.size(); }
  // Where reading must start again after a crash: the oldest open reservation, else `fold`.
  store::Position low_water(store::Position fold) const;
  std::vector<store::Position> positions() const;  // oldest first

 private:
  static std::string name(const CallRecord& call);

  std::map<store::Position, std::string> by_position_;
  std::unordered_map<std::string, store::Position> by_name_;
};

}  // namespace tandem::cost
