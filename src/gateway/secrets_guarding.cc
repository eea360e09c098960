#include "gateway/secrets_guarding.h"

#include "base/json/writer.h"
#include "guard/stream_scanner.h"

namespace tandem::gateway {
namespace {

using guard::Direction;

Error blocked(std::string_view rule, Direction direction) {
  const bool input = direction == Direction::Input;
  return Error(Code::GuardBlocked,
               std::string("The guard policy found a secret (") + std::string(rule) + ") in the " +
                   (input ? "request" : "answer") + " and refused it.",
               input ? "Take the secret out and send the request again; change it if it is real."
                     : "The trace shows which rule it was.");
}

void note(std::vector<GuardEvent>& events, const guard::CompiledPolicy& policy,
          const std::vector<guard::Finding>& findings, Direction direction) {
  for (const guard::Finding& finding : findings) {
    const auto same = [&](const GuardEvent& event) {
      return event.rule == finding.rule && event.policy == policy.name() &&
             event.direction == guard::direction_name(direction);
    };
    const auto known = std::find_if(events.begin(), events.end(), same);
    if (known != events.end()) {
      ++known->count;
      continue;
    }
    events.push_back({policy.name(), finding.rule, std::string(guard::action_name(finding.action)),
                      std::string(guard::direction_name(direction)), 1});
  }
}

// `text` with every redacted finding replaced.
std::string redacted(std::string_view text, const std::vector<guard::Finding>& findings) {
  std::string out;
  size_t done = 0;
  for (const guard::Finding& finding : findings) {
    if (finding.action != guard::Action::Redact || finding.begin < done) continue;
    out.append(text, done, finding.begin - done);
    out += guard::redaction(finding.rule);
    done = finding.end;
  }
  out.append(text, done);
  return out;
}

// Puts a changed text back to where it came from.
void write_back(Call& call, TextSegment& segment, std::string text) {
  if (segment.token.length > 0) {
    std::string quoted;
    json::append_string(quoted, text);
    call.redactions.replace(segment.token, std::move(quoted));
  } else if (segment.tensor < call.infer.inputs.size()) {
    call.infer.inputs[segment.tensor].strings[segment.element] = text;
  }
  if (segment.input) call.inputs[*segment.input] = text;
  segment.text = std::move(text);
}

class Gate final : public openai::OutputGate {
 public:
  Gate(std::shared_ptr<const guard::SecretScanner> scanner,
       std::vector<std::shared_ptr<const guard::CompiledPolicy>> policies,
       std::vector<GuardEvent>& events)
      : scanner_(std::move(scanner)), policies_(std::move(policies)), events_(events) {}

  std::string feed(const openai::Channel& channel, std::string_view text) override {
    auto& chain = channels_[channel];
    if (chain.empty()) {
      for (const auto& policy : policies_) chain.emplace_back(scanner_, policy);
    }
    std::string passed(text);
    for (size_t i = 0; i < chain.size(); ++i) passed = take(i, chain[i].feed(passed));
    return passed;
  }

  std::string flush(const openai::Channel& channel) override {
    const auto found = channels_.find(channel);
    if (found == channels_.end()) return {};
    std::string passed;
    for (size_t i = 0; i < found->second.size(); ++i) {
      std::string first = passed.empty() ? std::string() : take(i, found->second[i].feed(passed));
      passed = std::move(first) + take(i, found->second[i].finish());
    }
    channels_.erase(found);
    return passed;
  }

  std::string whole(std::string_view text) override {
    std::string passed(text);
    for (const auto& policy : policies_) {
      const guard::Verdict verdict = scanner_->inspect(passed, *policy);
      if (verdict.findings.empty()) continue;
      note(events_, *policy, verdict.findings, Direction::Output);
      if (verdict.blocked()) block(verdict.findings);
      passed = redacted(passed, verdict.findings);
    }
    return passed;
  }

  const std::optional<Error>& blocked() const override { return blocked_; }

 private:
  std::string take(size_t policy, guard::StreamScanner::Output out) {
    if (!out.findings.empty()) note(events_, *policies_[policy], out.findings, Direction::Output);
    if (out.blocked) block(out.findings);
    return std::string(out.text);
  }
  void block(const std::vector<guard::Finding>& findings) {
    if (blocked_) return;
    std::string_view rule = "secret";
    for (const guard::Finding& finding : findings) {
      if (finding.action == guard::Action::Block) rule = finding.rule;
    }
    blocked_ = gateway::blocked(rule, Direction::Output);
  }

  std::shared_ptr<const guard::SecretScanner> scanner_;
  std::vector<std::shared_ptr<const guard::CompiledPolicy>> policies_;
  std::vector<GuardEvent>& events_;
  std::map<openai::Channel, std::vector<guard::StreamScanner>> channels_;
  std::optional<Error> blocked_;
};

}  // namespace

Result<std::unique_ptr<SecretsGuarding>> SecretsGuarding::create(
    std::shared_ptr<const guard::SecretScanner> scanner) {
  auto guarding = std::make_unique<SecretsGuarding>();
  guarding->scanner_ = std::move(scanner);
  for (const guard::Policy& policy : guard::builtin_policies()) {
    TRY(auto compiled, guard::compile_policy(policy));
    guarding->policies_.insert_or_assign(policy.name, std::move(compiled));
  }
  return guarding;
}

SecretsGuarding::Policies SecretsGuarding::policies_of(const EndpointConfig& endpoint,
                                                       Direction direction) const {
  Policies policies;
  for (const std::string& name : endpoint.guards) {
    const auto found = policies_.find(name);
    if (found != policies_.end() && found->second->applies_to(direction)) {
      policies.push_back(found->second);
    }
  }
  return policies;
}

Result<void> SecretsGuarding::check_input(Call& call, const EndpointConfig& endpoint,
                                          std::vector<GuardEvent>& events) const {
  for (const auto& policy : policies_of(endpoint, Direction::Input)) {
    for (TextSegment& segment : call.texts) {
      const guard::Verdict verdict = scanner_->inspect(segment.text, *policy);
      if (verdict.findings.empty()) continue;
      note(events, *policy, verdict.findings, Direction::Input);
      if (verdict.blocked()) return fail(blocked(verdict.findings.front().rule, Direction::Input));
      std::string text = redacted(segment.text, verdict.findings);
      if (text != segment.text) write_back(call, segment, std::move(text));
    }
  }
  return {};
}

std::unique_ptr<openai::OutputGate> SecretsGuarding::open_gate(
    const EndpointConfig& endpoint, std::vector<GuardEvent>& events) const {
  Policies policies = policies_of(endpoint, Direction::Output);
  if (policies.empty()) return nullptr;
  return std::make_unique<Gate>(scanner_, std::move(policies), events);
}

}  // namespace tandem::gateway
