// The promise of StreamScanner: findings and released text are the same for every way of cutting,
// and the hold is bounded. The first bytes of the input choose policy and cuts, the rest is text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tuple>

#include "guard/stream_scanner.h"

namespace {

using namespace tandem::guard;  // NOLINT: a fuzzer is a program of its own

struct Outcome {
  std::string text;
  std::vector<Finding> findings;
  bool blocked = false;
};

void require(bool holds) {
  if (!holds) std::abort();
}

void take(Outcome& outcome, StreamScanner::Output output) {
  outcome.text += output.text;
  for (Finding& finding : output.findings) outcome.findings.push_back(std::move(finding));
  outcome.blocked = output.blocked;
}

Outcome run(const std::shared_ptr<const SecretScanner>& scanner,
            const std::shared_ptr<const CompiledPolicy>& policy, std::string_view text,
            uint32_t seed, size_t most) {
  StreamScanner stream(scanner, policy);
  Outcome outcome;
  while (!text.empty()) {
    seed = seed * 1664525u + 1013904223u;  // Numerical Recipes
    const size_t size = std::min<size_t>(text.size(), 1 + (seed >> 16) % most);
    take(outcome, stream.feed(text.substr(0, size)));
    require(stream.held_bytes() <= kMaxHold);
    text.remove_prefix(size);
  }
  take(outcome, stream.finish());
  require(stream.held_bytes() == 0);
  return outcome;
}

// Findings of both kinds (enforced, alert) come in order of the text, but not among each other.
void sort(std::vector<Finding>& findings) {
  std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto scanner = *SecretScanner::create();
  static const auto policies = [] {
    Policy mixed;
    mixed.name = "mixed";
    mixed.rule_actions = {{"generic", Action::Alert}, {"code", Action::Block}};
    mixed.allow_patterns = {"[a-m].*"};
    return std::vector{*compile_policy(Policy{}), *compile_policy(mixed),
                       *compile_policy(*find_builtin_policy("secrets-block"))};
  }();
  if (size < 3) return 0;
  const auto& policy = policies[data[0] % policies.size()];
  const uint32_t seed = data[1];
  const size_t most = 1 + data[2] % 64;
  const std::string_view text(reinterpret_cast<const char*>(data) + 3, size - 3);

  Outcome whole = run(scanner, policy, text, 0, text.size() + 1);
  Outcome pieces = run(scanner, policy, text, seed, most);
  Outcome bytes = run(scanner, policy, text, 0, 1);
  sort(whole.findings);
  for (Outcome* other : {&pieces, &bytes}) {
    sort(other->findings);
    require(other->text == whole.text);
    require(other->findings == whole.findings);
    require(other->blocked == whole.blocked);
  }
  return 0;
}
