#include "gateway/health/checks.h"

#include <boost/asio/post.hpp>

#include "base/config/write.h"
#include "base/log.h"
#include "gateway/providers/registry.h"
#include "gateway/targets/provider_account.h"
#include "net/client.h"
#include "net/exchange.h"

namespace tandem::gateway {
namespace {

constexpr size_t kAtOnce = 8;
constexpr size_t kMostBytes = 4 * 1024 * 1024;  // of an answer that nobody reads
// How late a change of the catalog may be noticed.
constexpr SteadyUs kLookUs = 1'000'000;

}  // namespace

struct HealthChecks::Checked {
  std::string name;
  std::string made_from;  // its configuration
  HealthCheckConfig config;
  std::shared_ptr<ProviderAccount> account;
  HealthCheck check;
  SteadyUs due_us = 0;
  bool asking = false;
};

std::string check_path(const ProviderConfig& config, std::string_view base_path) {
  if (!config.health_check.path.empty()) return config.health_check.path;
  const std::string_view kind = traits_of(config.kind).name;
  for (const std::string_view server : {"vllm", "sglang", "tgi", "llama-server"}) {
    if (kind == server) return "/health";
  }
  if (kind == "ollama") return "/api/version";
  return std::string(base_path) + "/models";
}

HealthChecks::HealthChecks(IoThread& thread, net::Client& client, const Snapshot<Catalog>& catalogs,
                           metrics::Metrics& metrics)
    : thread_(thread),
      client_(client),
      catalogs_(catalogs),
      metrics_(metrics),
      changed_(thread.io()),
      scope_(thread.io()) {}

HealthChecks::~HealthChecks() = default;

void HealthChecks::start() {
  boost::asio::post(thread_.io(), [this] { scope_.spawn(run()); });
}

Task<void> HealthChecks::stop() {
  stopping_ = true;
  cancel_.fire();
  changed_.notify();
  co_await scope_.join();
}

std::optional<ProviderHealth> HealthChecks::of(std::string_view provider) const {
  const std::lock_guard lock(mutex_);
  const auto found = found_.find(provider);
  if (found == found_.end()) return std::nullopt;
  return found->second;
}

Task<void> HealthChecks::run() {
  while (!stopping_) {
    const Deadline again{turn()};
    DeadlineWatch watch(thread_.deadlines(), again, [this] { changed_.notify(); });
    co_await changed_.wait();
  }
}

SteadyUs HealthChecks::turn() {
  const auto catalog = catalogs_.get();
  forget_others(*catalog);
  const SteadyUs now_us = steady_now_us();
  SteadyUs next_us = now_us + kLookUs;
  for (const auto& [name, provider] : catalog->providers()) {
    const HealthCheckConfig& config = provider.config.health_check;
    if (!config.enabled() || !traits_of(provider.config.kind).api) continue;
    std::shared_ptr<Checked>& checked = all_[name];
    std::string made_from = config::to_json(provider.config);
    if (!checked || checked->made_from != made_from) {
      auto account = ProviderAccount::create(name, provider.config);
      if (!account) continue;  // the catalog has no such provider
      checked = std::make_shared<Checked>();
      checked->name = name;
      checked->made_from = std::move(made_from);
      checked->config = config;
      checked->account = *std::move(account);
    }
    if (checked->asking) continue;
    if (now_us >= checked->due_us && asking_ < kAtOnce) {
      checked->asking = true;
      checked->due_us = now_us + config.interval_ms * 1000;
      ++asking_;
      scope_.spawn(ask(checked));
    }
    next_us = std::min(next_us, std::max(checked->due_us, now_us + 1));
  }
  // Where all may be asked that are asked at a time, the end of one wakes this.
  return asking_ < kAtOnce ? next_us : now_us + kLookUs;
}

// Providers that are not checked any more are as good as any.
void HealthChecks::forget_others(const Catalog& catalog) {
  std::erase_if(all_, [&](const auto& entry) {
    const auto found = catalog.providers().find(entry.first);
    if (found != catalog.providers().end() && found->second.config.health_check.enabled()) {
      return false;
    }
    mark(entry.first, false);
    const std::lock_guard lock(mutex_);
    found_.erase(entry.first);
    return true;
  });
}

Task<void> HealthChecks::ask(std::shared_ptr<Checked> checked) {
  const Result<void> answer = co_await question(*checked);
  checked->asking = false;
  --asking_;
  const auto current = all_.find(checked->name);
  const bool known = current != all_.end() && current->second == checked;
  if (known && !stopping_) answered(*checked, answer);
  changed_.notify();
}

Task<Result<void>> HealthChecks::question(Checked& checked) {
  ProviderAccount& account = *checked.account;
  const Deadline deadline = Deadline::after_ms(checked.config.timeout_ms, steady_now_us());
  RequestContext context;
  const EndpointConfig endpoint;
  AttemptContext attempt{context, thread_, client_, endpoint, deadline, &cancel_};
  CO_TRY(const KeyUse use, account.take_key(0, 0, steady_now_us()));
  Credential& credential = account.credential(use);
  if (credential.must_fetch(steady_now_us())) CO_TRY_VOID(co_await credential.fetch(attempt));
  const std::string path = check_path(account.config(), account.base_url().path);
  std::string headers = "accept: application/json\r\n";
  const net::Origin& origin = account.base_url().origin;
  CO_TRY_VOID(credential.append_to({origin, path, ""}, steady_now_us(), headers));
  const Call call;
  const ApiCall asked{call, account.config(), account.api().dialect(nullptr), ""};
  account.api().append_headers(asked, attempt, headers);
  const int64_t most_ms = checked.config.timeout_ms;
  const net::ClientRequest request{origin, "GET", path, headers, ""};
  const net::ClientTimeouts timeouts{most_ms, most_ms, most_ms, deadline};
  CO_TRY(auto response, co_await client_.send(request, timeouts, &cancel_));
  const int status = response->head().status;
  CO_TRY_VOID(co_await net::Client::read_all(*response, kMostBytes));
  if (status >= 200 && status < 300) co_return Result<void>{};
  // A provider that limits questions is up, for all we know; so is one that refuses one key of
  // many.
  const bool says_nothing =
      status == 429 || ((status == 401 || status == 403) && !account.has_one_key());
  const Code code = says_nothing ? Code::RateLimited : Code::UpstreamError;
  co_return fail(code, "GET " + path + " was answered with status " + std::to_string(status) + ".");
}

void HealthChecks::answered(Checked& checked, const Result<void>& answer) {
  if (!answer && answer.error().code == Code::RateLimited) return;
  const bool good = answer.has_value();
  const bool changed = checked.check.answered(good, checked.config);
  const bool up = checked.check.up();
  {
    const std::lock_guard lock(mutex_);
    ProviderHealth& found = found_[checked.name];
    found.up = up;
    found.in_a_row = checked.check.in_a_row();
    found.checked_us = wall_now_us();
    if (changed) found.since_us = found.checked_us;
    if (!good) found.last_error = answer.error().message;
  }
  const metrics::Labels labels{{"provider", checked.name}};
  metrics_.gauge("tandem_provider_up", "Whether a provider's health checks are good.", labels)
      .set(up ? 1 : 0);
  metrics_
      .counter("tandem_health_checks_total", "Health checks of providers.",
               {{"provider", checked.name}, {"result", good ? "good" : "bad"}})
      .increment();
  // Each time: a change of the catalog may have made targets that know nothing of it.
  mark(checked.name, !up);
  if (changed && up) log::info("gateway", "the provider {} is well again", checked.name);
  if (changed && !up) {
    log::warn("gateway", "the provider {} fails its health checks, no call goes to it: {}",
              checked.name, answer.error().message);
  }
}

void HealthChecks::mark(std::string_view provider, bool down) const {
  const auto catalog = catalogs_.get();
  for (const auto& endpoint : catalog->all()) {
    for (const auto* targets : {&endpoint->targets, &endpoint->fallback}) {
      for (const auto& target : *targets) {
        // Engines of our own carry names that a provider may have, too.
        if (target->provider() != provider) continue;
        if (target->placement() == cost::Placement::Remote) target->health().set_down(down);
      }
    }
  }
}

}  // namespace tandem::gateway
