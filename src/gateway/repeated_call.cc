#include "gateway/repeated_call.h"

#include "base/crypto/hash.h"
#include "base/log.h"
#include "base/text/encode.h"
#include "gateway/governed_call.h"
#include "identity/idempotency.h"
#include "identity/replayed_routes.h"
#include "identity/requests.h"

namespace tandem::gateway {
namespace {

constexpr std::string_view kOriginalHeader = "x-tandem-original-request-id";

identity::ReplayRequest request_of(const net::Exchange& exchange, std::string idempotency_key) {
  const net::Request& request = exchange.request();
  const Principal& principal = exchange.context().principal;
  std::string kind(request.method());
  for (const std::string_view part :
       {request.path(), request.query(), std::string_view(principal.project.view())}) {
    kind += '\n';
    kind += part;
  }
  const auto digest = crypto::sha256(request.body());
  return {principal.key, std::move(idempotency_key),
          identity::fingerprint_of(kind, text::to_hex(digest))};
}

// What the answer of the first call becomes for a repetition.
identity::ReplayAnswer answer_of(std::optional<net::Response> kept, const RequestContext& context) {
  identity::ReplayAnswer answer;
  answer.kept = kept.has_value();
  answer.status = kept ? kept->status : 200;
  if (kept) {
    answer.content_type = std::move(kept->content_type);
    answer.header_block = std::move(kept->header_block);
    answer.body = std::move(kept->body);
  }
  net::append_header(answer.header_block, kOriginalHeader, context.request_id.view());
  return answer;
}

Error not_kept(const identity::ReplayAnswer& earlier) {
  const size_t at = earlier.header_block.find(kOriginalHeader);
  std::string first = "an earlier call";
  if (at != std::string::npos) {
    const size_t begin = at + kOriginalHeader.size() + 2;
    first = "the call " +
            earlier.header_block.substr(begin, earlier.header_block.find('\r', begin) - begin);
  }
  return Error(Code::AlreadyExists,
               "This request was answered by " + first + ", and its answer was not kept.",
               "It is not made a second time under this key; a new key makes a new call.",
               "Idempotency-Key");
}

void warn_if_failed(const Result<void>& noted, const net::Exchange& exchange) {
  if (noted) return;
  log::warn("gateway", "the Idempotency-Key of {} is not settled: {}", exchange.request().path(),
            noted.error().describe());
}

}  // namespace

Task<Result<void>> answer_once(const PathServices& services, net::Exchange& exchange,
                               const Surface& surface) {
  CO_TRY(const identity::WriteOptions options,
         identity::read_write_options(exchange.request().header("idempotency-key"), {}));
  GovernedCall call(services, exchange, surface);
  if (!options.idempotency_key || !services.replays) co_return co_await call.run();
  const auto request = request_of(exchange, *options.idempotency_key);
  CO_TRY(auto earlier, co_await services.replays->claim(request, wall_now_us()));
  if (earlier && !earlier->kept) co_return fail(not_kept(*earlier));
  if (earlier) {
    net::Response response;
    response.status = earlier->status;
    response.content_type = std::move(earlier->content_type);
    response.header_block = std::move(earlier->header_block);
    response.body = std::move(earlier->body);
    response.add_header(identity::kReplayedHeader, "true");
    co_return co_await exchange.respond(std::move(response));
  }
  call.keep_answer();
  auto outcome = co_await call.run();
  // What was made counts, whether or not it has reached the client.
  Result<void> noted;
  if (call.answered()) {
    noted =
        co_await services.replays->keep(request, answer_of(call.take_answer(), exchange.context()));
  } else {
    noted = co_await services.replays->release(request);
  }
  warn_if_failed(noted, exchange);
  co_return outcome;
}

}  // namespace tandem::gateway
