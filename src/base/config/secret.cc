#include "base/config/secret.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>

#include "base/config/load.h"
#include "base/config/scalars.h"

namespace tandem::config {
namespace {

constexpr size_t kMaxSecretBytes = 64 * 1024;

bool environment_name(std::string_view name) {
  const auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), ok);
}

bool is_env(std::string_view reference) {
  return reference.substr(0, 4) == "env:";
}

static_assert(CustomScalar<SecretRef>);

}  // namespace

Secret::Secret(Secret&& other) noexcept : value_(other.value_) {
  other = Secret();
}

Secret& Secret::operator=(Secret other) noexcept {
  value_.swap(other.value_);
  return *this;
}

Secret::~Secret() {
  explicit_bzero(value_.data(), value_.size());
}

Result<SecretRef> SecretRef::parse(std::string_view text) {
  SecretRef out;
  out.reference_ = text;
  if (is_env(text) && environment_name(text.substr(4))) return out;
  if (text.substr(0, 5) == "file:" && text.size() > 5 && text.size() < 4096) return out;
  // The text may be the secret itself, so it is not repeated.
  return fail(Code::InvalidArgument, "must be a reference to a secret, env:NAME or file:/path",
              "A secret itself is never written in the configuration.");
}

Result<Secret> SecretRef::resolve() const {
  if (empty()) return fail(Code::Unavailable, "No secret is configured.");
  if (is_env(reference_)) {
    const char* value = std::getenv(reference_.c_str() + 4);
    if (value && *value) return Secret(value);
    return fail(Code::Unavailable, fmt::format("The variable {} is not set.", reference_.substr(4)),
                "Set it in the environment of the server, and restart.");
  }
  auto text = read_file(reference_.substr(5), kMaxSecretBytes);
  if (!text) {
    Error error = std::move(text).error();
    error.code = Code::Unavailable;
    return fail(std::move(error));
  }
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (text->empty()) {
    return fail(Code::Unavailable, fmt::format("The secret at {} is empty.", reference_.substr(5)));
  }
  return Secret(*std::move(text));
}

}  // namespace tandem::config
