#include "guard/secret_scanner.h"

#include <algorithm>

#include "guard/stream_machine.h"

namespace tandem::guard {

Result<std::shared_ptr<const SecretScanner>> SecretScanner::create() {
  std::shared_ptr<SecretScanner> scanner(new SecretScanner());
  TRY(scanner->rules_, RuleSet::create());
  TRY(scanner->anchors_, AnchorIndex::create(*scanner->rules_));
  TRY(scanner->all_rules_, compile_policy(Policy{}));
  return std::shared_ptr<const SecretScanner>(std::move(scanner));
}

std::vector<SecretMatch> SecretScanner::scan(std::string_view text) const {
  std::vector<SecretMatch> matches;
  for (const Finding& finding : inspect(text, *all_rules_).findings) {
    const Rule& rule = rules_->rule(*find_rule(finding.rule));
    matches.push_back({rule.id, finding.begin, finding.end});
  }
  return matches;
}

Verdict SecretScanner::inspect(std::string_view text, const CompiledPolicy& policy) const {
  StreamMachine machine(*rules_, *anchors_, policy, StreamMachine::Want::Findings);
  machine.feed_whole(text);
  Verdict verdict;
  for (Finding& finding : machine.take_findings()) verdict.add(std::move(finding));
  if (machine.blocked()) verdict.action = Action::Block;
  std::sort(verdict.findings.begin(), verdict.findings.end(),
            [](const Finding& a, const Finding& b) {
              return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
            });
  return verdict;
}

}  // namespace tandem::guard
