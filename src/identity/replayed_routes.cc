#include "identity/replayed_routes.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/log.h"
#include "identity/idempotency.h"
#include "identity/requests.h"

namespace tandem::identity {
namespace {

using net::Exchange;
using net::Response;
using net::Route;

// Larger answers are not kept; no write of the API has one.
constexpr size_t kLargestAnswer = 256 * 1024;

bool is_write(const Route& route) {
  return route.surface == Surface::Tandem && route.method != net::Method::Get && !route.governed &&
         route.permission.access != net::Access::Public && route.handler &&
         route.body_mode == net::BodyMode::Whole;
}

// The same JSON in other spaces is the same request.
std::string canonical(const std::string& body) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  return error ? body : boost::json::serialize(value);
}

ReplayRequest request_of(const Exchange& exchange, std::string idempotency_key) {
  const net::Request& request = exchange.request();
  const Principal& principal = exchange.context().principal;
  std::string kind(request.method());
  for (const std::string_view part :
       {request.path(), request.query(), std::string_view(principal.project.view())}) {
    kind += '\n';
    kind += part;
  }
  return {principal.key, std::move(idempotency_key),
          fingerprint_of(kind, canonical(request.body()))};
}

ReplayAnswer answer_of(const Response& response) {
  const bool secret = response.header_block.find("no-store") != std::string::npos;
  ReplayAnswer answer{response.status, response.content_type, response.header_block, "", !secret};
  if (secret || response.body.size() > kLargestAnswer) {
    answer.kept = false;
  } else {
    answer.body = response.body;
  }
  return answer;
}

Response replayed(ReplayAnswer answer) {
  Response response;
  response.status = answer.status;
  response.content_type = std::move(answer.content_type);
  response.header_block = std::move(answer.header_block);
  response.body = std::move(answer.body);
  response.add_header(kReplayedHeader, "true");
  return response;
}

// What cannot be noted is noted in the log: the change itself is made and is answered.
void warn_if_failed(const Result<void>& noted, const Exchange& exchange) {
  if (noted) return;
  log::warn("identity", "the Idempotency-Key of {} {} is not settled: {}",
            exchange.request().method(), exchange.request().path(), noted.error().describe());
}

Task<Result<Response>> answer_once(Exchange& exchange,
                                   std::shared_ptr<const net::ApiHandler> handler,
                                   Replays& replays) {
  CO_TRY(const WriteOptions options,
         read_write_options(exchange.request().header("idempotency-key"), {}));
  if (!options.idempotency_key) {
    auto plain = co_await (*handler)(exchange);
    co_return plain;
  }
  const ReplayRequest request = request_of(exchange, *options.idempotency_key);
  CO_TRY(auto earlier, co_await replays.claim(request, wall_now_us()));
  if (earlier && earlier->kept) co_return replayed(*std::move(earlier));
  auto response = co_await (*handler)(exchange);
  if (earlier) {
    if (response) response->add_header(kReplayedHeader, "true");
    co_return response;
  }
  Result<void> noted;
  if (!response || response->status >= 400) {
    noted = co_await replays.release(request);
  } else {
    noted = co_await replays.keep(request, answer_of(*response));
  }
  warn_if_failed(noted, exchange);
  co_return response;
}

void document(Route& route) {
  const auto known = [](const net::ParameterDoc& parameter) {
    return parameter.name == "idempotency-key";
  };
  if (std::any_of(route.parameters.begin(), route.parameters.end(), known)) return;
  route.parameters.push_back({"idempotency-key", net::ParameterDoc::In::Header, "string",
                              "Repeating the request with it, within a day, changes nothing and "
                              "gets the same answer.",
                              false});
}

}  // namespace

void honour_idempotency_keys(net::Routes& routes, Replays& replays) {
  for (Route& route : routes) {
    if (!is_write(route)) continue;
    document(route);
    const auto inner = std::make_shared<const net::ApiHandler>(std::move(route.handler));
    route.handler = [inner, &replays](Exchange& exchange) {
      return answer_once(exchange, inner, replays);
    };
  }
}

}  // namespace tandem::identity
