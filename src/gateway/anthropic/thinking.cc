#include "gateway/anthropic/thinking.h"

#include <algorithm>

#include "base/json/writer.h"

namespace tandem::gateway::anthropic {
namespace {

int64_t budget_of(std::string_view effort) {
  if (effort == "minimal" || effort == "low") return kLeastBudget;
  if (effort == "high") return 24'576;
  if (effort == "xhigh" || effort == "max") return 32'768;
  return 8'192;
}

std::string enabled(int64_t budget) {
  std::string out;
  json::Writer json(out);
  json.object().key("type").string("enabled").key("budget_tokens").integer(budget).end_object();
  return out;
}

}  // namespace

bool takes_effort(std::string_view model) {
  if (model.find("claude") == std::string_view::npos) return false;
  constexpr std::string_view kOlder[] = {"claude-2", "claude-3", "claude-instant", "-4-0",
                                         "-4-1",     "-4-2025",  "-4-5",           "-4@2025"};
  return std::none_of(std::begin(kOlder), std::end(kOlder), [&](std::string_view older) {
    return model.find(older) != std::string_view::npos;
  });
}

Thinking thinking_of(const std::optional<messages::Reasoning>& reasoning, std::string_view model,
                     int64_t max_tokens) {
  Thinking out;
  if (!reasoning) return out;
  const std::string effort = reasoning->effort == "minimal" ? "low" : reasoning->effort;
  if (!reasoning->enabled || effort == "none") {
    out.thinking = R"({"type":"disabled"})";
    if (effort != "none") out.effort = effort;
  } else if (reasoning->budget_tokens) {
    out.effort = effort;
    const int64_t budget = std::max(*reasoning->budget_tokens, kLeastBudget);
    out.is_lost = max_tokens <= kLeastBudget;
    if (!out.is_lost) out.thinking = enabled(std::min(budget, max_tokens - 1));
  } else if (takes_effort(model)) {
    out.thinking = R"({"type":"adaptive"})";
    out.effort = effort;
  } else {
    out.is_lost = max_tokens / 2 < kLeastBudget;
    if (!out.is_lost) out.thinking = enabled(std::min(budget_of(effort), max_tokens / 2));
  }
  return out;
}

}  // namespace tandem::gateway::anthropic
