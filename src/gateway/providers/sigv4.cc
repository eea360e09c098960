#include "gateway/providers/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "base/crypto/hash.h"
#include "base/text/encode.h"
#include "gateway/providers/path_segment.h"
#include "net/exchange.h"

namespace tandem::gateway {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// 20150830T123600Z
std::string timestamp(WallUs now_us) {
  const std::time_t seconds = now_us / 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

// Services but S3 sign the path encoded once more than it is sent.
std::string canonical_path(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    append_segment(out, path.substr(0, slash));
    path.remove_prefix(slash);
    if (!path.empty()) {
      out += '/';
      path.remove_prefix(1);
    }
  }
  return out.empty() ? "/" : out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::string> pairs;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    std::string pair(query.substr(0, end));
    if (pair.find('=') == std::string::npos) pair += '=';
    pairs.push_back(std::move(pair));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const std::string& pair : pairs) out += (out.empty() ? "" : "&") + pair;
  return out;
}

std::string hex(const crypto::Digest& digest) {
  return text::to_hex(digest);
}

crypto::Digest chain(const crypto::Digest& key, std::string_view message) {
  return crypto::HmacKey(key).sign(message);
}

crypto::Digest signing_key(std::string_view secret, std::string_view date, const AwsScope& scope) {
  std::string first = "AWS4";
  first += secret;
  const crypto::Digest of_date = crypto::HmacKey(crypto::bytes_of(first)).sign(date);
  crypto::wipe({reinterpret_cast<uint8_t*>(first.data()), first.size()});
  return chain(chain(chain(of_date, scope.region), scope.service), "aws4_request");
}

struct Headers {
  std::string canonical;  // "name:value\n", by name
  std::string names;      // "host;x-amz-date"
};

Headers signed_headers(const AwsRequest& request, const AwsKey& key, std::string_view time) {
  Headers headers;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    headers.canonical += fmt::format("{}:{}\n", name, value);
    headers.names += (headers.names.empty() ? "" : ";") + std::string(name);
  };
  add("content-type", request.content_type);
  add("host", request.host);
  add("x-amz-date", time);
  add("x-amz-security-token", key.session_token);
  return headers;
}

}  // namespace

void append_signature(const AwsRequest& request, const AwsKey& key, const AwsScope& scope,
                      WallUs now_us, std::string& block) {
  const std::string time = timestamp(now_us);
  const std::string_view date = std::string_view(time).substr(0, 8);
  const size_t question = std::min(request.path.find('?'), request.path.size());
  const std::string_view query =
      question < request.path.size() ? request.path.substr(question + 1) : std::string_view();
  const Headers headers = signed_headers(request, key, time);
  const std::string canonical = fmt::format(
      "{}\n{}\n{}\n{}\n{}\n{}", request.method, canonical_path(request.path.substr(0, question)),
      canonical_query(query), headers.canonical, headers.names, hex(crypto::sha256(request.body)));
  const std::string where = fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, where,
                                          hex(crypto::sha256(std::string_view(canonical))));
  const crypto::Digest signature = chain(signing_key(key.secret_key, date, scope), to_sign);
  net::append_header(block, "x-amz-date", time);
  if (!key.session_token.empty()) {
    net::append_header(block, "x-amz-security-token", key.session_token);
  }
  net::append_header(block, "authorization",
                     fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                 key.access_key, where, headers.names, hex(signature)));
}

}  // namespace tandem::gateway
