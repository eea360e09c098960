#include "app/api_client.h"

#include <boost/json.hpp>

#include "base/async/io_threads.h"
#include "base/limits.h"
#include "net/client.h"
#include "net/exchange.h"

namespace tandem::app {
namespace {

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else
      (((out += '%') += kHex[byte >> 4]) += kHex[byte & 15]);
  }
  return out;
}

}  // namespace

ApiClient::ApiClient(std::string url, std::string key)
    : url_(std::move(url)), key_(std::move(key)) {}

Result<ApiAnswer> ApiClient::get(std::string_view path, const std::vector<std::string>& query) {
  std::string target(path);
  char separator = '?';
  for (const std::string& pair : query) {
    const size_t equals = std::min(pair.find('='), pair.size());
    target += separator + percent_encode(pair.substr(0, equals)) + "=" +
              percent_encode(equals < pair.size() ? pair.substr(equals + 1) : "");
    separator = '&';
  }
  return send("GET", target, "");
}

Result<ApiAnswer> ApiClient::send(std::string_view method, std::string_view path,
                                  std::string body) {
  TRY(const net::Url url, net::Url::parse(url_));
  std::shared_ptr<const net::TlsContext> tls;
  if (url.origin.tls) {
    TRY(tls, net::TlsContext::client(""));
  }
  const std::string target = url.path + "/api/tandem/v1" + std::string(path);
  std::string headers;
  if (!key_.empty()) net::append_header(headers, "authorization", "Bearer " + key_);
  Result<ApiAnswer> answer = fail(Code::Internal, "No answer.");
  IoThreads threads(1);
  threads.start();
  threads.run_task(0, [&](IoThread& thread) -> Task<void> {
    net::Client client(thread, {tls});
    const net::ClientRequest request{url.origin, method, target, headers, body};
    auto response = co_await client.send(request, {}, nullptr);
    if (!response) {
      answer = fail(std::move(response).error());
      co_return;
    }
    auto text = co_await net::Client::read_all(**response, limits::kMaxResponseBytes);
    if (text)
      answer = ApiAnswer{(*response)->head().status, *std::move(text)};
    else
      answer = fail(std::move(text).error());
  });
  threads.stop();
  return answer;
}

std::string api_error_text(const ApiAnswer& answer) {
  boost::system::error_code failed;
  const boost::json::value parsed = boost::json::parse(answer.body, failed);
  if (!failed && parsed.is_object() && parsed.as_object().contains("error")) {
    const boost::json::value& error = parsed.at("error");
    if (error.is_object() && error.as_object().contains("message")) {
      std::string text(error.at("message").as_string());
      const auto* hint = error.as_object().if_contains("hint");
      if (hint && hint->is_string() && !hint->as_string().empty()) {
        text += " (" + std::string(hint->as_string()) + ")";
      }
      return text;
    }
  }
  return "the server answered with status " + std::to_string(answer.status);
}

}  // namespace tandem::app
