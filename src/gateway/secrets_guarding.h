// Guarding with the secrets policies of guard/. See guarding.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/guarding.h"
#include "guard/interceptor.h"

namespace tandem::gateway {

class SecretsGuarding final : public Guarding {
 public:
  // Compiles every combination of the built-in policies.
  static Result<std::unique_ptr<SecretsGuarding>> create(
      std::shared_ptr<const guard::SecretScanner> scanner);

  Result<void> check_input(Call& call, const EndpointConfig& endpoint,
                           std::vector<GuardEvent>& events) const override;
  std::unique_ptr<OutputGate> open_gate(const EndpointConfig& endpoint,
                                        std::vector<GuardEvent>& events) const override;

 private:
  const guard::Interceptor& interceptor_of(const EndpointConfig& endpoint) const;

  std::vector<std::string> names_;                // of the built-in policies
  std::vector<guard::Interceptor> interceptors_;  // by bit set of names_
};

}  // namespace tandem::gateway
