#include "guard/interceptor.h"

#include <algorithm>

namespace tandem::guard {
namespace {

void strengthen(std::optional<Action>& action, Action other) {
  if (!action || *action < other) action = other;
}

// Enforced findings do not overlap; those that only alert change nothing.
std::vector<Edit> edits_of(const std::vector<Finding>& findings) {
  std::vector<Edit> edits;
  for (const Finding& finding : findings) {
    if (finding.action == Action::Alert) continue;
    edits.push_back({finding.begin, finding.end, redaction(finding.rule)});
  }
  return edits;
}

}  // namespace

std::string apply_edits(std::string_view text, std::span<const Edit> edits) {
  std::string out;
  size_t from = 0;
  for (const Edit& edit : edits) {
    out += text.substr(from, edit.begin - from);
    out += edit.replacement;
    from = edit.end;
  }
  out += text.substr(from);
  return out;
}

Result<Interceptor> Interceptor::create(std::shared_ptr<const SecretScanner> scanner,
                                        std::span<const Policy> policies) {
  Interceptor interceptor(std::move(scanner));
  for (const Policy& policy : policies) TRY_VOID(compile_policy(policy).map([](auto) {}));
  for (const Direction direction : {Direction::Input, Direction::Output}) {
    std::vector<Policy> applying;
    for (const Policy& policy : policies) {
      const auto& directions = policy.directions;
      if (std::find(directions.begin(), directions.end(), direction) != directions.end()) {
        applying.push_back(policy);
      }
    }
    if (applying.empty()) continue;
    TRY(interceptor.policies_[static_cast<size_t>(direction)], compile_policies(applying));
  }
  return interceptor;
}

Inspection Interceptor::inspect(Direction direction, std::span<const Segment> segments) const {
  Inspection inspection;
  const auto& policy = policy_for(direction);
  if (policy == nullptr) return inspection;
  for (size_t i = 0; i < segments.size(); ++i) {
    Verdict verdict = scanner_->inspect(segments[i].text, *policy);
    if (!verdict.action) continue;
    strengthen(inspection.action, *verdict.action);
    std::vector<Edit> edits = edits_of(verdict.findings);
    inspection.segments.push_back({i, std::move(verdict.findings), std::move(edits)});
  }
  return inspection;
}

OutputGuard::OutputGuard(std::shared_ptr<const SecretScanner> scanner,
                         std::shared_ptr<const CompiledPolicy> policy)
    : scanner_(std::move(scanner)), policy_(std::move(policy)) {}

StreamScanner& OutputGuard::scanner_of(const Channel& channel) {
  for (auto& [known, scanner] : channels_) {
    if (known == channel) return scanner;
  }
  return channels_.emplace_back(channel, StreamScanner(scanner_, policy_)).second;
}

OutputGuard::Delta OutputGuard::note(StreamScanner::Output output) {
  for (const Finding& finding : output.findings) strengthen(action_, finding.action);
  if (output.blocked) {
    blocked_ = true;
    strengthen(action_, Action::Block);
  }
  return {output.text, std::move(output.findings), blocked_};
}

OutputGuard::Delta OutputGuard::feed(const Channel& channel, std::string_view text) {
  if (policy_ == nullptr) return {text, {}, false};
  if (blocked_) return {{}, {}, true};
  return note(scanner_of(channel).feed(text));
}

OutputGuard::Delta OutputGuard::finish(const Channel& channel) {
  if (policy_ == nullptr) return {};
  if (blocked_) return {{}, {}, true};
  const auto found = std::find_if(channels_.begin(), channels_.end(),
                                  [&](const auto& entry) { return entry.first == channel; });
  if (found == channels_.end()) return {};
  ended_ = std::move(found->second);
  channels_.erase(found);
  return note(ended_->finish());
}

std::vector<OutputGuard::Rest> OutputGuard::finish() {
  std::vector<Rest> rests;
  for (auto& [channel, scanner] : channels_) {
    if (blocked_) break;
    Delta delta = note(scanner.finish());
    if (delta.text.empty() && delta.findings.empty()) continue;
    rests.push_back({channel, std::string(delta.text), std::move(delta.findings)});
  }
  return rests;
}

size_t OutputGuard::held_bytes() const {
  size_t held = 0;
  for (const auto& [channel, scanner] : channels_) held += scanner.held_bytes();
  return held;
}

}  // namespace tandem::guard
