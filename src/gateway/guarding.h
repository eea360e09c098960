// Guarding: the guard's policies applied to calls. Every governed call passes check_input() before
// a target is chosen and has its output pass a gate from open_gate(); the start-up proof
// (self_check.h) holds both against every governed route. Owned by the composition root; any
// thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/call.h"
#include "gateway/config.h"
#include "gateway/output_gate.h"

namespace tandem::gateway {

struct GuardEvent {
  std::string policy;
  std::string rule;
  std::string action;     // alert | redact | block
  std::string direction;  // input | output
  int64_t count = 1;
};

class Guarding {
 public:
  virtual ~Guarding() = default;
  // Reads every text of `call` and applies redactions to it: to `texts`, `inputs`, string tensors
  // and the body that goes on. GuardBlocked where a policy says so. Findings are appended.
  virtual Result<void> check_input(Call& call, const EndpointConfig& endpoint,
                                   std::vector<GuardEvent>& events) const = 0;
  // For one answer; null where the endpoint has no guards. Findings are appended to `events`, which
  // outlives the gate.
  virtual std::unique_ptr<OutputGate> open_gate(const EndpointConfig& endpoint,
                                                std::vector<GuardEvent>& events) const = 0;
};

}  // namespace tandem::gateway
