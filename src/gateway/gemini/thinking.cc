#include "gateway/gemini/thinking.h"

#include <algorithm>

#include "base/text/encode.h"
#include "gateway/gemini/fields.h"

namespace tandem::gateway::gemini {
namespace {

constexpr int64_t kLow = 1'024, kMedium = 8'192, kHigh = 24'576;
constexpr int64_t kLeastOfPro = 128;

bool is_pro(std::string_view model) {
  return model.find("-pro") != std::string_view::npos;
}

std::string_view level_of(const messages::Reasoning& reasoning, std::string_view model) {
  const std::string_view least = is_pro(model) ? "LOW" : "MINIMAL";
  const std::string_view effort = reasoning.effort;
  if (!reasoning.enabled || effort == "none" || effort == "minimal") return least;
  if (effort == "low") return "LOW";
  if (effort == "medium") return "MEDIUM";
  if (!effort.empty()) return "HIGH";
  if (!reasoning.budget_tokens) return "";
  const int64_t budget = *reasoning.budget_tokens;
  return budget <= kLow ? "LOW" : budget <= kMedium ? "MEDIUM" : "HIGH";
}

// nullopt: the model decides.
std::optional<int64_t> budget_of(const messages::Reasoning& reasoning, std::string_view model) {
  const int64_t least = is_pro(model) ? kLeastOfPro : 0;
  const std::string_view effort = reasoning.effort;
  if (!reasoning.enabled || effort == "none") return least;
  if (reasoning.budget_tokens) return std::max(*reasoning.budget_tokens, least);
  if (effort.empty()) return std::nullopt;
  if (effort == "minimal" || effort == "low") return kLow;
  return effort == "medium" ? kMedium : kHigh;
}

}  // namespace

Thinks how_it_thinks(std::string_view model) {
  constexpr std::string_view kFamily = "gemini-";
  const size_t at = model.find(kFamily);
  if (at == std::string_view::npos) {
    return model.find("gemma") == std::string_view::npos ? Thinks::ByBudget : Thinks::Never;
  }
  const std::string_view version = model.substr(at + kFamily.size());
  if (version.starts_with("1") || version.starts_with("2.0")) return Thinks::Never;
  const bool later = !version.empty() && version[0] >= '3' && version[0] <= '9';
  return later ? Thinks::ByLevel : Thinks::ByBudget;
}

std::optional<messages::Reasoning> read_thinking(const json::Value& config) {
  messages::Reasoning reasoning;
  const json::Value* shown = find(config, "includeThoughts");
  const json::Value* budget = find(config, "thinkingBudget");
  const std::string_view level = find_text(config, "thinkingLevel");
  const bool asks = (shown && shown->boolean().value_or(false)) || budget || !level.empty();
  if (!asks) return std::nullopt;
  if (!level.empty() && level != "THINKING_LEVEL_UNSPECIFIED") {
    reasoning.effort = text::to_ascii_lower(level);
  }
  if (budget) {
    const int64_t tokens = whole(*budget).value_or(-1);
    reasoning.enabled = tokens != 0;
    if (tokens > 0) reasoning.budget_tokens = tokens;
  }
  return reasoning;
}

bool write_thinking(const messages::Reasoning& reasoning, std::string_view model,
                    json::Writer& json) {
  const Thinks how = how_it_thinks(model);
  if (how == Thinks::Never) return !reasoning.enabled;
  json.key("thinkingConfig").object();
  json.key("includeThoughts").boolean(reasoning.enabled && reasoning.effort != "none");
  if (how == Thinks::ByLevel) {
    if (const auto level = level_of(reasoning, model); !level.empty()) {
      json.key("thinkingLevel").string(level);
    }
  } else if (const auto budget = budget_of(reasoning, model)) {
    json.key("thinkingBudget").integer(*budget);
  }
  json.end_object();
  return true;
}

}  // namespace tandem::gateway::gemini
