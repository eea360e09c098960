#include "cost/webhooks/sender.h"

#include <optional>

#include "base/async/scope.h"
#include "base/log.h"
#include "base/random.h"
#include "net/exchange.h"

namespace tandem::cost::webhooks {
namespace {

constexpr size_t kAtOnce = 16;
constexpr int64_t kTotalMs = 10'000;
// Longer than a delivery can take: another server may have it then.
constexpr WallUs kClaimUs = 60'000'000;
constexpr size_t kMaxAnswerBytes = 64 * 1024;
constexpr size_t kMaxErrorBytes = 300;
constexpr int kGone = 410;

}  // namespace

struct Sender::Sending {
  Delivery delivery;
  std::optional<Webhook> webhook;
  Result<int> status = 0;
};

Sender::Sender(store::Db& db, IoThreads& threads, std::shared_ptr<const net::TlsContext> tls,
               WebhookSettings settings, SecretOf secret_of)
    : db_(db),
      threads_(threads),
      tls_(std::move(tls)),
      settings_(settings),
      secret_of_(std::move(secret_of)) {}

Sender::~Sender() = default;

void Sender::stop() {
  if (stopping_.exchange(true)) return;
  threads_.run_on(0, [this](IoThread&) { cancel_.fire(); });
}

SenderStats Sender::stats() const {
  return {delivered_.load(), failures_.load(), given_up_.load()};
}

Result<void> Sender::run(WallUs now_us) {
  if (stopping_) return {};
  TRY(const auto due, db_.read_now([&](store::Connection& connection) {
    return sql::due_deliveries(connection, now_us, kAtOnce);
  }));
  if (due.empty()) return {};
  std::vector<Sending> sendings;
  for (const Delivery& delivery : due) {
    auto claim = [&](store::Connection& connection) -> Result<std::optional<Sending>> {
      TRY(const bool mine, sql::claim(connection, delivery, now_us + kClaimUs));
      if (!mine) return std::optional<Sending>();
      Sending sending{delivery, std::nullopt, 0};
      TRY(sending.webhook, sql::find_webhook(connection, delivery.webhook_id));
      return std::optional<Sending>(std::move(sending));
    };
    TRY(auto sending,
        db_.write_now(
            std::function<Result<std::optional<Sending>>(store::Connection&)>(std::move(claim))));
    if (sending) sendings.push_back(*std::move(sending));
  }
  threads_.run_task(0, [this, &sendings](IoThread& thread) -> Task<void> {
    ::tandem::Scope scope(thread.io());
    for (Sending& sending : sendings) scope.spawn(send(thread, sending));
    co_await scope.join();
  });
  for (Sending& sending : sendings) {
    note(sending, wall_now_us());
    TRY_VOID(db_.write_now(
        [&](store::Connection& connection) { return sql::finish(connection, sending.delivery); }));
  }
  return {};
}

Task<void> Sender::send(IoThread& thread, Sending& sending) {
  if (!sending.webhook) {
    sending.status = fail(Code::NotFound, "The webhook was deleted.");
    co_return;
  }
  sending.status = co_await post(thread, sending.delivery, *sending.webhook, wall_now_us());
}

Task<Result<int>> Sender::post(IoThread& thread, const Delivery& delivery, const Webhook& webhook,
                               WallUs now_us) {
  CO_TRY(const Address address, parse_address(webhook.url, settings_));
  const int64_t timestamp_s = now_us / 1'000'000;
  std::string headers;
  net::append_header(headers, "content-type", "application/json");
  net::append_header(headers, "user-agent", "tandem-webhooks");
  net::append_header(headers, "webhook-id", delivery.id);
  net::append_header(headers, "webhook-timestamp", std::to_string(timestamp_s));
  net::append_header(headers, "webhook-signature",
                     signature(secret_of_(webhook.id), delivery.id, timestamp_s, delivery.body));
  // A client of its own for each: an address that was checked is never reused for another name.
  net::ClientOptions options;
  options.tls = tls_;
  options.public_only = !settings_.allow_private;
  net::Client client(thread, options);
  net::ClientTimeouts timeouts;
  timeouts.total = Deadline::after_ms(kTotalMs, steady_now_us());
  const net::ClientRequest request{address.origin, "POST", address.target, headers, delivery.body};
  CO_TRY(auto response, co_await client.send(request, timeouts, &cancel_));
  const int status = response->head().status;
  auto body = co_await net::Client::read_all(*response, kMaxAnswerBytes);
  (void)body;  // only the status counts
  co_return status;
}

void Sender::note(Sending& sending, WallUs now_us) {
  Delivery& delivery = sending.delivery;
  delivery.updated_us = now_us;
  if (!sending.status && stopping_) {  // our doing: not an attempt
    delivery.due_us = now_us;
    return;
  }
  ++delivery.attempts;
  delivery.last_status = sending.status ? *sending.status : 0;
  const bool taken = delivery.last_status >= 200 && delivery.last_status < 300;
  if (taken) {
    delivery.state = DeliveryState::Delivered;
    delivery.last_error.clear();
    ++delivered_;
    return;
  }
  ++failures_;
  delivery.last_error = sending.status ? "answered with status " + std::to_string(*sending.status)
                                       : sending.status.error().message;
  if (delivery.last_error.size() > kMaxErrorBytes) delivery.last_error.resize(kMaxErrorBytes);
  const auto next = next_attempt_us(delivery.attempts, now_us, random_bits());
  const bool gone = delivery.last_status == kGone || !sending.webhook;
  if (next && !gone) {
    delivery.due_us = *next;
    return;
  }
  delivery.state = DeliveryState::Failed;
  ++given_up_;
  log::warn("cost", "webhook delivery {} is given up after {} attempts: {}", delivery.id,
            delivery.attempts, delivery.last_error);
}

}  // namespace tandem::cost::webhooks
