#include "gateway/secrets_guarding.h"

#include "base/json/writer.h"

namespace tandem::gateway {
namespace {

using guard::Direction;

Error blocked(std::string_view rule, Direction direction) {
  const bool input = direction == Direction::Input;
  return Error(Code::GuardBlocked,
               std::string("The guard found a secret (") + std::string(rule) + ") in the " +
                   (input ? "request" : "answer") + " and refused it.",
               input ? "Take the secret out and send the request again; change it if it is real."
                     : "The trace shows which rule it was.");
}

std::string_view blocking_rule(const std::vector<guard::Finding>& findings) {
  for (const guard::Finding& finding : findings) {
    if (finding.action == guard::Action::Block) return finding.rule;
  }
  return "secret";
}

void note(std::vector<GuardEvent>& events, const std::vector<guard::Finding>& findings,
          Direction direction) {
  for (const guard::Finding& finding : findings) {
    GuardEvent event{finding.policy, finding.rule, std::string(guard::action_name(finding.action)),
                     std::string(guard::direction_name(direction)), 1};
    const auto known = std::find_if(events.begin(), events.end(), [&](const GuardEvent& other) {
      return other.rule == event.rule && other.policy == event.policy &&
             other.direction == event.direction;
    });
    if (known != events.end())
      ++known->count;
    else
      events.push_back(std::move(event));
  }
}

guard::Role role_of(std::string_view role) {
  if (role == "system" || role == "developer") return guard::Role::System;
  if (role == "assistant") return guard::Role::Assistant;
  return role == "tool" ? guard::Role::Tool : guard::Role::User;
}

guard::Channel channel_of(const Channel& channel) {
  using From = Channel::Field;
  using To = guard::Channel::Kind;
  guard::Channel made{static_cast<int>(channel.choice), To::Content,
                      static_cast<int>(channel.tool)};
  if (channel.field == From::Reasoning) made.kind = To::Reasoning;
  if (channel.field == From::Refusal) made.kind = To::Refusal;
  if (channel.field == From::Arguments) made.kind = To::ToolArguments;
  return made;
}

// Puts a changed text back to where it came from.
void write_back(Call& call, TextSegment& segment, std::string text) {
  if (segment.raw) {
    call.redactions.replace(segment.token, text);
  } else if (segment.token.length > 0) {
    std::string quoted;
    json::append_string(quoted, text);
    call.redactions.replace(segment.token, std::move(quoted));
  } else if (segment.tensor < call.infer.inputs.size()) {
    call.infer.inputs[segment.tensor].strings[segment.element] = text;
  }
  if (segment.input) call.inputs[*segment.input] = text;
  segment.text = std::move(text);
}

class Gate final : public OutputGate {
 public:
  Gate(const guard::Interceptor& interceptor, std::vector<GuardEvent>& events)
      : interceptor_(interceptor), output_(interceptor.open_output()), events_(events) {}

  std::string feed(const Channel& channel, std::string_view text) override {
    return take(output_.feed(channel_of(channel), text));
  }
  std::string flush(const Channel& channel) override {
    return take(output_.finish(channel_of(channel)));
  }
  std::optional<std::string> whole(std::string_view text) override {
    const guard::Segment segments[] = {{text, guard::Role::Assistant, "target"}};
    const guard::Inspection seen = interceptor_.inspect(Direction::Output, segments);
    if (seen.segments.empty()) return std::nullopt;
    const guard::SegmentFindings& found = seen.segments.front();
    note(events_, found.findings, Direction::Output);
    if (seen.blocked() && !blocked_) {
      blocked_ = gateway::blocked(blocking_rule(found.findings), Direction::Output);
    }
    if (found.edits.empty()) return std::nullopt;
    return guard::apply_edits(text, found.edits);
  }
  const std::optional<Error>& blocked() const override { return blocked_; }

 private:
  std::string take(const guard::OutputGuard::Delta& delta) {
    if (!delta.findings.empty()) note(events_, delta.findings, Direction::Output);
    if (delta.blocked && !blocked_) {
      blocked_ = gateway::blocked(blocking_rule(delta.findings), Direction::Output);
    }
    return std::string(delta.text);
  }

  const guard::Interceptor& interceptor_;
  guard::OutputGuard output_;
  std::vector<GuardEvent>& events_;
  std::optional<Error> blocked_;
};

}  // namespace

Result<std::unique_ptr<SecretsGuarding>> SecretsGuarding::create(
    std::shared_ptr<const guard::SecretScanner> scanner) {
  auto guarding = std::make_unique<SecretsGuarding>();
  const std::vector<guard::Policy> policies = guard::builtin_policies();
  for (const guard::Policy& policy : policies) guarding->names_.push_back(policy.name);
  for (size_t set = 0; set < size_t{1} << policies.size(); ++set) {
    std::vector<guard::Policy> chosen;
    for (size_t i = 0; i < policies.size(); ++i) {
      if (set >> i & 1) chosen.push_back(policies[i]);
    }
    TRY(auto interceptor, guard::Interceptor::create(scanner, chosen));
    guarding->interceptors_.push_back(std::move(interceptor));
  }
  return guarding;
}

const guard::Interceptor& SecretsGuarding::interceptor_of(const EndpointConfig& endpoint) const {
  size_t set = 0;
  for (const std::string& name : endpoint.guards) {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) set |= size_t{1} << i;
    }
  }
  return interceptors_[set];
}

Result<void> SecretsGuarding::check_input(Call& call, const EndpointConfig& endpoint,
                                          std::vector<GuardEvent>& events) const {
  const guard::Interceptor& interceptor = interceptor_of(endpoint);
  if (!interceptor.guards(Direction::Input)) return {};
  std::vector<guard::Segment> segments;
  segments.reserve(call.texts.size());
  for (const TextSegment& text : call.texts) {
    segments.push_back({text.text, role_of(text.role), "client"});
  }
  const guard::Inspection seen = interceptor.inspect(Direction::Input, segments);
  for (const guard::SegmentFindings& found : seen.segments) {
    note(events, found.findings, Direction::Input);
    if (seen.blocked()) return fail(blocked(blocking_rule(found.findings), Direction::Input));
    if (found.edits.empty()) continue;
    TextSegment& segment = call.texts[found.segment];
    std::string text = guard::apply_edits(segment.text, found.edits);
    write_back(call, segment, std::move(text));
  }
  return {};
}

std::unique_ptr<OutputGate> SecretsGuarding::open_gate(const EndpointConfig& endpoint,
                                                       std::vector<GuardEvent>& events) const {
  const guard::Interceptor& interceptor = interceptor_of(endpoint);
  if (!interceptor.guards(Direction::Output)) return nullptr;
  return std::make_unique<Gate>(interceptor, events);
}

}  // namespace tandem::gateway
