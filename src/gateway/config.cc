#include "gateway/config.h"

#include <algorithm>
#include <array>
#include <set>

#include "gateway/providers/provider_api.h"
#include "gateway/providers/registry.h"
#include "guard/policy.h"

namespace tandem::gateway {

void ProviderKey::validate(config::Errors& errors) const {
  if (key.empty()) errors.field("key", "is missing: name it as env:NAME or file:/path");
}

void ProviderConfig::validate(config::Errors& errors) const {
  const ProviderTraits& traits = traits_of(kind);
  if (traits.api) {
    if (base_url.empty() && traits.base_url.empty())
      errors.field("base_url", "is missing: this kind of provider needs it");
    else if (auto url = base_url_of(*this); !url) {
      errors.field("base_url", "must be a URL: " + url.error().message);
    }
    if (!api_key.empty() && !api_keys.empty()) {
      errors.field("api_keys", "cannot stand beside api_key: put that key into the list");
    }
    std::set<std::string_view> names;
    for (const ProviderKey& key : api_keys) {
      if (key.name.empty() || names.insert(key.name).second) continue;
      errors.field("api_keys", "has two keys named \"" + key.name + "\"");
    }
    if (traits.needs_key && api_key.empty() && api_keys.empty()) {
      errors.field("api_key", "is missing: name it as env:NAME or file:/path");
    }
    traits.api().validate(*this, errors);
  } else if (model.empty() && model_file.empty()) {
    errors.field("model", "is missing: name a model, or give model_file");
  }
}

void RetriesConfig::validate(config::Errors& errors) const {
  constexpr std::array<std::string_view, 4> kKnown = {"429", "5xx", "reset", "timeout"};
  for (const std::string& reason : on) {
    if (std::find(kKnown.begin(), kKnown.end(), reason) == kKnown.end()) {
      errors.field("on", "holds \"" + reason + "\"; known are 429, 5xx, reset and timeout");
    }
  }
}

void EndpointConfig::validate(config::Errors& errors) const {
  if (targets.empty()) errors.field("targets", "is empty: an endpoint needs at least one target");
  const auto total = [](int64_t sum, const TargetConfig& target) { return sum + target.weight; };
  int64_t weight = 0;
  for (const TargetConfig& target : targets) weight = total(weight, target);
  if (!targets.empty() && weight == 0) errors.field("targets", "all have weight 0");
  const auto check = [&](const std::vector<TargetConfig>& list, const std::string& where) {
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string at = where + "[" + std::to_string(i) + "]";
      const TargetConfig& target = list[i];
      if (kind == EndpointKind::Predict && target.file.empty()) {
        errors.field(at + ".file", "is missing: a predict target names a model file");
      }
      if (kind != EndpointKind::Predict && target.provider.empty()) {
        errors.field(at + ".provider", "is missing: name one of providers");
      }
    }
  };
  check(targets, "targets");
  check(fallback, "fallback");
  for (const std::string& policy : guards) {
    if (!guard::find_builtin_policy(policy)) {
      errors.field("guards", "holds \"" + policy + "\", which is no guard policy",
                   "Known are secrets, secrets-block and secrets-alert.");
    }
  }
}

}  // namespace tandem::gateway
