// The guard of one endpoint on the internal message model: inputs and whole outputs as segments,
// streamed outputs as channels. Pure logic without I/O; what the gateway does with a verdict is its
// own affair. An Interceptor is immutable and shared; an OutputGuard belongs to one answer.
//   TRY(auto guard, Interceptor::create(scanner, policies));
//   Inspection seen = guard.inspect(Direction::Input, segments);   // block, or apply_edits(text,
//   edits) OutputGuard out = guard.open_output();                         // per answer
//   send(channel, out.feed(channel, delta).text);  …  for (auto& rest : out.finish()) send(rest…)
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "guard/policy.h"
#include "guard/stream_scanner.h"

namespace tandem::guard {

enum class Role : uint8_t { System, User, Assistant, Tool };

// A piece of a request or of a whole answer. The views outlive the call that gets them.
struct Segment {
  std::string_view text;  // decoded: not JSON-escaped, except where a tool's arguments are JSON
  Role role = Role::User;
  std::string_view source;  // where it came from ("client", "prompt:12", "kb:handbook"), for audit
};

struct Edit {
  size_t begin = 0;  // of the segment's text, in bytes
  size_t end = 0;
  std::string replacement;
  friend bool operator==(const Edit&, const Edit&) = default;
};

std::string apply_edits(std::string_view text,
                        std::span<const Edit> edits);  // in order, no overlaps

struct SegmentFindings {
  size_t segment = 0;  // index into the segments
  std::vector<Finding> findings;
  std::vector<Edit> edits;  // empty where nothing is redacted
};

// Only segments with findings are listed.
struct Inspection {
  std::optional<Action> action;  // the strictest of all
  std::vector<SegmentFindings> segments;
  bool blocked() const { return action == Action::Block; }
};

// One of the parallel texts of a streamed answer.
struct Channel {
  enum class Kind : uint8_t { Content, Reasoning, Refusal, ToolArguments };
  int choice = 0;
  Kind kind = Kind::Content;
  int index = 0;  // of the tool call or content block
  friend auto operator<=>(const Channel&, const Channel&) = default;
};

class OutputGuard {
 public:
  struct Delta {
    std::string_view text;  // may go on now; valid until the next call on the guard
    std::vector<Finding> findings;
    bool blocked = false;  // the answer ends here, on every channel
  };
  struct Rest {
    Channel channel;
    std::string text;
    std::vector<Finding> findings;
  };

  // A null policy lets everything through.
  OutputGuard(std::shared_ptr<const SecretScanner> scanner,
              std::shared_ptr<const CompiledPolicy> policy);

  Delta feed(const Channel& channel, std::string_view text);
  // The channel is complete (a content block or tool call ended): what it still held. Text that
  // comes for it later is a new text.
  Delta finish(const Channel& channel);
  // The answer is complete: what the other channels held, in the order in which they began.
  // Channels that held nothing and found nothing are left out.
  std::vector<Rest> finish();

  bool blocked() const { return blocked_; }
  const std::optional<Action>& action() const { return action_; }  // the strictest so far
  size_t held_bytes() const;                                       // on all channels

 private:
  Delta note(StreamScanner::Output output);
  StreamScanner& scanner_of(const Channel& channel);

  std::shared_ptr<const SecretScanner> scanner_;
  std::shared_ptr<const CompiledPolicy> policy_;
  std::vector<std::pair<Channel, StreamScanner>> channels_;
  std::optional<StreamScanner> ended_;  // keeps the text of the last finish(channel)
  std::optional<Action> action_;
  bool blocked_ = false;
};

class Interceptor {
 public:
  // All of `policies` apply, each in its directions; none is a guard that lets everything through.
  static Result<Interceptor> create(std::shared_ptr<const SecretScanner> scanner,
                                    std::span<const Policy> policies);

  bool guards(Direction direction) const { return policy_for(direction) != nullptr; }
  Inspection inspect(Direction direction, std::span<const Segment> segments) const;
  OutputGuard open_output() const { return {scanner_, policy_for(Direction::Output)}; }

 private:
  explicit Interceptor(std::shared_ptr<const SecretScanner> scanner)
      : scanner_(std::move(scanner)) {}
  const std::shared_ptr<const CompiledPolicy>& policy_for(Direction direction) const {
    return policies_[static_cast<size_t>(direction)];
  }

  std::shared_ptr<const SecretScanner> scanner_;
  std::shared_ptr<const CompiledPolicy> policies_[2];
};

}  // namespace tandem::guard
