#include "guard/stream_scanner.h"

#include "guard/stream_machine.h"

namespace tandem::guard {

struct StreamScanner::State {
  State(std::shared_ptr<const SecretScanner> secrets, std::shared_ptr<const CompiledPolicy> rules)
      : scanner(std::move(secrets)),
        policy(std::move(rules)),
        machine(scanner->rules(), scanner->anchors(), *policy, StreamMachine::Want::Text) {}

  Output output() { return {machine.text(), machine.take_findings(), machine.blocked()}; }

  // The machine refers to both.
  std::shared_ptr<const SecretScanner> scanner;
  std::shared_ptr<const CompiledPolicy> policy;
  StreamMachine machine;
};

StreamScanner::StreamScanner(std::shared_ptr<const SecretScanner> scanner,
                             std::shared_ptr<const CompiledPolicy> policy)
    : state_(std::make_unique<State>(std::move(scanner), std::move(policy))) {}

StreamScanner::~StreamScanner() = default;
StreamScanner::StreamScanner(StreamScanner&&) noexcept = default;
StreamScanner& StreamScanner::operator=(StreamScanner&&) noexcept = default;

StreamScanner::Output StreamScanner::feed(std::string_view piece) {
  state_->machine.feed(piece);
  return state_->output();
}

StreamScanner::Output StreamScanner::finish() {
  state_->machine.finish();
  return state_->output();
}

size_t StreamScanner::held_bytes() const {
  return state_->machine.held_bytes();
}

}  // namespace tandem::guard
