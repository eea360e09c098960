#include "gateway/token_count.h"

#include "base/json/writer.h"
#include "gateway/resolve.h"

namespace tandem::gateway {

Task<Result<void>> count_tokens(const PathServices& services, net::Exchange& exchange,
                                const Surface& surface, std::string_view field) {
  RequestContext& context = exchange.context();
  CO_TRY(Call call, surface.read(exchange));
  CO_TRY(const auto endpoint, resolve(*services.catalogs.get(), context, call));
  std::vector<GuardEvent> events;
  CO_TRY_VOID(services.guarding.check_input(call, endpoint->config, events));
  CO_TRY(const auto admission,
         services.rate_limits.admit(context.principal.key, limit_subjects(context, call), 0,
                                    {steady_now_us(), wall_now_us()}));
  (void)admission;
  const Deadline deadline =
      Deadline::after_ms(endpoint->config.timeouts.total_ms, context.started_steady_us);
  AttemptContext attempt{context,
                         exchange.thread(),
                         services.client(exchange.thread()),
                         endpoint->config,
                         deadline,
                         &context.cancel,
                         surface.dialect(),
                         nullptr};
  Target& target = *endpoint->target(0);
  const auto counted = co_await target.ask_input_tokens(call, attempt);
  const int64_t tokens = counted ? *counted : target.count_input_tokens(call);
  std::string body;
  json::Writer(body).object().key(field).integer(tokens).end_object();
  co_return co_await exchange.respond(net::Response::json(200, std::move(body)));
}

}  // namespace tandem::gateway
