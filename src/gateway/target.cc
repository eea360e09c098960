#include "gateway/target.h"

#include "gateway/token_estimate.h"

namespace tandem::gateway {

int64_t Target::count_input_tokens(const Call& call) const {
  int64_t tokens = call.kind == CallKind::Chat ? kTokensPerMessage : 0;
  for (const TextSegment& segment : call.texts) {
    tokens += estimate_tokens(segment.text);
    if (!segment.role.empty()) tokens += kTokensPerMessage;
  }
  return tokens;
}

Task<std::optional<int64_t>> Target::ask_input_tokens(const Call&, AttemptContext&) {
  co_return std::nullopt;
}

Task<Result<void>> Target::prepare(AttemptContext&) {
  co_return Result<void>{};
}

}  // namespace tandem::gateway
