// TextSearch: the reading half of the text search. The filters of all blocks say which traces may
// hold every needle; then the spans of those are read and compared, so that the answer is exact.
// Lives on the stack of one read job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/db.h"

namespace tandem::trace {

class TextSearch {
 public:
  // `needles`: folded, not empty. Reads the filters of the projects' blocks.
  static Result<TextSearch> start(store::Connection& connection, std::vector<std::string> needles,
                                  const std::vector<int64_t>& project_nos);

  // Sorted keys of the traces that may match; nullopt where the needles are too short to tell.
  const std::optional<std::vector<int64_t>>& candidates() const { return candidates_; }
  bool may_match(int64_t key) const;
  // Whether the spans of the trace hold every needle, each in any span.
  Result<bool> matches(int64_t key);

 private:
  TextSearch(store::Connection& connection, std::vector<std::string> needles)
      : connection_(connection), needles_(std::move(needles)) {}
  Result<std::vector<int64_t>> keys_with(const std::string& needle,
                                         const std::vector<int64_t>& project_nos);

  store::Connection& connection_;
  std::vector<std::string> needles_;
  std::optional<std::vector<int64_t>> candidates_;
};

}  // namespace tandem::trace
