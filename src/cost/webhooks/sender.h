// Sender: POSTs the deliveries that are due, signed, and writes down what became of them. At least
// once: a delivery is due until an answer of 2xx was written down. Several servers share the work:
// each keeps what it sends to itself for a while (claim). run() is blocking, on one thread that is
// no io thread; what it sends goes out on one io thread.
//   Sender sender(db, threads, tls, settings, secret_of);
//   chores.add({"webhooks", 1000, [&] { return sender.run(wall_now_us()); }});
//   sender.stop();   // lets a run that is under way end at once
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "base/async/cancel.h"
#include "base/async/io_threads.h"
#include "cost/webhooks/store.h"
#include "net/client.h"

namespace tandem::cost::webhooks {

// For /metrics.
struct SenderStats {
  uint64_t delivered = 0;
  uint64_t failures = 0;  // attempts that failed
  uint64_t given_up = 0;
};

class Sender {
 public:
  // "whsec_…" of a webhook's id; any thread.
  using SecretOf = std::function<std::string(std::string_view webhook_id)>;

  // References outlive it; the io threads run until it is destroyed.
  Sender(store::Db& db, IoThreads& threads, std::shared_ptr<const net::TlsContext> tls,
         WebhookSettings settings, SecretOf secret_of);
  ~Sender();

  Result<void> run(WallUs now_us);
  void stop();
  SenderStats stats() const;

 private:
  struct Sending;
  Task<void> send(IoThread& thread, Sending& sending);
  Task<Result<int>> post(IoThread& thread, const Delivery& delivery, const Webhook& webhook,
                         WallUs now_us);
  void note(Sending& sending, WallUs now_us);

  store::Db& db_;
  IoThreads& threads_;
  const std::shared_ptr<const net::TlsContext> tls_;
  const WebhookSettings settings_;
  const SecretOf secret_of_;
  CancelSource cancel_;  // of the io thread
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> delivered_{0}, failures_{0}, given_up_{0};
};

}  // namespace tandem::cost::webhooks
