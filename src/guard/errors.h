// Every sentence of this folder that a user can read.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "base/error/error.h"

namespace tandem::guard::errors {

inline Error bad_rule(std::string_view id, std::string_view why) {
  return Error(Code::Internal, fmt::format("The secret rule {} does not compile: {}.", id, why),
               "This is a defect of the rule table; please report it.");
}

inline Error too_many_rules(size_t count) {
  return Error(Code::Internal, fmt::format("{} secret rules are more than fit.", count),
               "Raise kMaxRules.");
}

inline Error no_matcher(std::string_view why) {
  return Error(Code::Internal, fmt::format("The secret matcher could not be built: {}.", why),
               "Vectorscan needs a CPU with SSE4.2 (x86-64) or NEON (ARM64).");
}

inline Error no_memory() {
  return Error(Code::Unavailable, "There is no memory for another secret scan.");
}

inline Error unknown_rule(std::string_view policy, std::string_view id, std::string_view nearest) {
  return Error(Code::InvalidArgument,
               fmt::format("The policy {} names the rule {}, which does not exist.", policy, id),
               nearest.empty() ? "docs/reference/secret_rules.md lists rules and groups."
                               : fmt::format("Did you mean {}?", nearest),
               "rules");
}

inline Error bad_allow_pattern(std::string_view policy, std::string_view pattern,
                               std::string_view why) {
  return Error(Code::InvalidArgument,
               fmt::format("The policy {} allows the pattern {}, which is no RE2 expression: {}.",
                           policy, pattern, why),
               "See https://github.com/google/re2/wiki/Syntax.", "allow_patterns");
}

inline Error too_many_policies(size_t count) {
  return Error(Code::InvalidArgument,
               fmt::format("{} policies are too many for one endpoint; 64 are allowed.", count),
               "Join some of them into one.", "guards");
}

inline Error no_direction(std::string_view policy) {
  return Error(Code::InvalidArgument,
               fmt::format("The policy {} applies to neither inputs nor outputs.", policy),
               "Name at least one direction: input, output.", "directions");
}

}  // namespace tandem::guard::errors
