// Guarding with the secrets policies of guard/. See guarding.h.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/guarding.h"
#include "guard/secret_scanner.h"

namespace tandem::gateway {

class SecretsGuarding final : public Guarding {
 public:
  // Compiles every built-in policy.
  static Result<std::unique_ptr<SecretsGuarding>> create(
      std::shared_ptr<const guard::SecretScanner> scanner);

  Result<void> check_input(Call& call, const EndpointConfig& endpoint,
                           std::vector<GuardEvent>& events) const override;
  std::unique_ptr<openai::OutputGate> open_gate(const EndpointConfig& endpoint,
                                                std::vector<GuardEvent>& events) const override;

 private:
  using Policies = std::vector<std::shared_ptr<const guard::CompiledPolicy>>;
  Policies policies_of(const EndpointConfig& endpoint, guard::Direction direction) const;

  std::shared_ptr<const guard::SecretScanner> scanner_;
  std::map<std::string, std::shared_ptr<const guard::CompiledPolicy>, std::less<>> policies_;
};

}  // namespace tandem::gateway
