// Which reservations of the journal have no end yet, and where the oldest stands: what the folder
// needs for its checkpoint and recovery for its orphans. Memory is bounded by the calls that are
// open at once. Pure, one thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cost/record.h"
#include "cost/text_hash.h"
#include "store/journal.h"

namespace tandem::cost {

class OpenCalls {
 public:
  void reserved(const CallRecord& call, store::Position at);
  void ended(const CallRecord& call);

  size_t size() const { return positions_.size(); }
  // Where reading must start again after a crash: the oldest open reservation, else `fold`.
  store::Position low_water(store::Position fold) const;
  std::vector<store::Position> positions() const;  // oldest first

 private:
  std::string_view name(const CallRecord& call);  // until the next call

  std::set<store::Position> positions_;
  std::unordered_map<std::string, store::Position, TextHash, std::equal_to<>> by_name_;
  std::string name_;
};

}  // namespace tandem::cost
