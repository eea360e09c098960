#include "identity/credentials.h"

#include "base/text/encode.h"
#include "identity/errors.h"
#include "identity/key_text.h"

namespace tandem::identity {
namespace {

constexpr size_t kMaxBasicBytes = 1024;

bool looks_like_key(std::string_view text) {
  return text.substr(0, 3) == kKeyPrefix;
}

// `Scheme rest`, with the rest trimmed.
bool has_scheme(std::string_view header, std::string_view scheme, std::string_view& rest) {
  if (header.size() < scheme.size() ||
      !text::equal_ignoring_case(header.substr(0, scheme.size()), scheme)) {
    return false;
  }
  rest = header.substr(scheme.size());
  if (!rest.empty() && rest[0] != ' ' && rest[0] != '\t') return false;
  rest = text::trim(rest);
  return true;
}

Result<PresentedKey> from_basic(std::string_view encoded) {
  if (encoded.size() > kMaxBasicBytes) return fail(errors::bad_authorization("is too long"));
  auto decoded = text::from_base64(encoded);
  const size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return fail(errors::bad_authorization("is not base64 of user:key"));
  }
  // `curl -u tk-…:` puts the key where the user name belongs.
  const bool as_user = colon + 1 == decoded->size() && looks_like_key(*decoded);
  if (as_user) decoded->resize(colon);
  const size_t from = as_user ? 0 : colon + 1;
  if (decoded->size() == from) return fail(errors::bad_authorization("has no password"));
  return PresentedKey(*std::move(decoded), from);
}

Result<PresentedKey> from_authorization(std::string_view header) {
  std::string_view rest;
  if (has_scheme(header, "bearer", rest)) {
    if (rest.empty()) return fail(errors::bad_authorization("has no key after Bearer"));
    return PresentedKey(rest);
  }
  if (has_scheme(header, "basic", rest)) return from_basic(rest);
  // Some clients send the bare key.
  if (looks_like_key(header)) return PresentedKey(header);
  return fail(errors::bad_authorization("has a scheme other than Bearer and Basic"));
}

}  // namespace

PresentedKey::PresentedKey(std::string decoded, size_t from)
    : decoded_(std::move(decoded)), from_(from) {}

Result<PresentedKey> find_key(const Credentials& credentials) {
  if (credentials.none()) return fail(errors::no_key());
  const std::string_view others[] = {credentials.x_api_key, credentials.api_key,
                                     credentials.x_goog_api_key};
  const std::string_view authorization = text::trim(credentials.authorization);
  Result<PresentedKey> first = authorization.empty() ? Result<PresentedKey>(fail(errors::no_key()))
                                                     : from_authorization(authorization);
  if (first && looks_like_key(first->text())) return first;
  for (const std::string_view other : others) {
    if (looks_like_key(text::trim(other))) return PresentedKey(text::trim(other));
  }
  if (!authorization.empty()) return first;
  for (const std::string_view other : others) {
    if (!text::trim(other).empty()) return PresentedKey(text::trim(other));
  }
  return first;
}

}  // namespace tandem::identity
