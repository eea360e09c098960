#include "gateway/providers/google_account.h"

#include <algorithm>

#include "base/crypto/rsa.h"
#include "base/json/tree.h"
#include "base/json/writer.h"
#include "base/text/encode.h"

namespace tandem::gateway {
namespace {

constexpr std::string_view kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::string_view kDefaultTokenUri = "https://oauth2.googleapis.com/token";
constexpr int64_t kLifetimeS = 3'600;
constexpr int64_t kLongestTokenS = 12 * 3'600;

Failure wrong(std::string_view field, std::string_view expected) {
  return fail(Code::InvalidArgument,
              "The service account's key file is not one: its field \"" + std::string(field) +
                  "\" must be " + std::string(expected) + ".",
              "Point api_key at the JSON file of a key, as Google Cloud gave it for download.");
}

// RFC 4648 section 5, without padding.
std::string base64url(std::string_view bytes) {
  std::string text =
      text::to_base64({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

Result<ServiceAccount> read_service_account(std::string_view json) {
  const auto document = json::parse(std::string(json));
  if (!document || !document->root().is_object()) return wrong("type", "\"service_account\"");
  const json::Value& file = document->root();
  if (file.find_text("type") != "service_account") return wrong("type", "\"service_account\"");
  ServiceAccount account;
  account.email = file.find_text("client_email");
  account.key_id = file.find_text("private_key_id");
  account.private_key = file.find_text("private_key");
  account.token_uri = file.find_text("token_uri");
  if (account.email.empty()) return wrong("client_email", "an address");
  if (account.private_key.empty()) return wrong("private_key", "a key in PEM");
  if (account.token_uri.empty()) account.token_uri = kDefaultTokenUri;
  auto url = net::Url::parse(account.token_uri);
  if (!url || (!url->origin.tls && !is_this_machine(url->origin.host))) {
    return wrong("token_uri", "an https address");
  }
  account.token_url = *std::move(url);
  return account;
}

Result<std::string> signed_assertion(const ServiceAccount& account, int64_t now_s) {
  std::string header, claims;
  json::Writer head(header);
  head.object().key("alg").string("RS256").key("typ").string("JWT");
  if (!account.key_id.empty()) head.key("kid").string(account.key_id);
  head.end_object();
  json::Writer body(claims);
  body.object().key("iss").string(account.email).key("scope").string(kScope);
  body.key("aud").string(account.token_uri).key("iat").integer(now_s);
  body.key("exp").integer(now_s + kLifetimeS).end_object();
  std::string assertion = base64url(header) + "." + base64url(claims);
  TRY(const auto signature, crypto::sign_rs256(account.private_key, assertion));
  assertion += ".";
  assertion += base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
  return assertion;
}

Result<std::string> token_request(const ServiceAccount& account, int64_t now_s) {
  TRY(const std::string assertion, signed_assertion(account, now_s));
  return "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + assertion;
}

Result<AccessToken> read_token_answer(std::string_view json) {
  const auto document = json::parse(std::string(json));
  if (!document || !document->root().is_object()) {
    return fail(Code::UpstreamError, "The token endpoint answered with something else than JSON.");
  }
  const json::Value& answer = document->root();
  AccessToken token;
  token.value = answer.find_text("access_token");
  if (token.value.empty()) {
    std::string_view words = answer.find_text("error_description");
    if (words.empty()) words = answer.find_text("error");
    return fail(Code::UpstreamError,
                "The token endpoint gave no token: " + std::string(words.substr(0, 300)));
  }
  const json::Value* lifetime = answer.find("expires_in");
  const int64_t seconds = lifetime ? lifetime->integer().value_or(0) : 0;
  token.expires_in_s = std::clamp<int64_t>(seconds, 0, kLongestTokenS);
  return token;
}

}  // namespace tandem::gateway
