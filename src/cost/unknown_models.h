// Models that were called and have no price: they cost 0, which must never stay unnoticed. Each is
// logged once and counted; the names kept are bounded. Owned by the accountant, any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cost/text_hash.h"

namespace tandem::cost {

class UnknownModels {
 public:
  static constexpr size_t kMaxNames = 1000;

  // True the first time that `model` is seen (and while there is room for its name).
  bool note(std::string_view model);

  uint64_t calls() const;
  // The names with their calls, the most called first; for /metrics and the UI.
  std::vector<std::pair<std::string, uint64_t>> names() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, uint64_t, TextHash, std::equal_to<>> calls_by_name_;
  uint64_t calls_ = 0;
};

}  // namespace tandem::cost
