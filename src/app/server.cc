#include "app/server.h"

#include <array>
#include <future>

#include "app/chores.h"
#include "app/data_dir.h"
#include "app/gate.h"
#include "app/key_budgets.h"
#include "app/request_metrics.h"
#include "app/system_api.h"
#include "audit/api.h"
#include "audit/schema.h"
#include "base/json/writer.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/time/calendar.h"
#include "cost/accountant.h"
#include "cost/api.h"
#include "cost/ledger.h"
#include "cost/rapl.h"
#include "cost/reports/api.h"
#include "cost/reports/groups.h"
#include "cost/schema.h"
#include "cost/webhooks/alert_watch.h"
#include "cost/webhooks/api.h"
#include "cost/webhooks/sender.h"
#include "gateway/batches/api.h"
#include "gateway/catalog/api.h"
#include "gateway/files/api.h"
#include "gateway/governed_routes.h"
#include "gateway/models_api.h"
#include "gateway/oip/surface.h"
#include "gateway/responses/api.h"
#include "gateway/schema.h"
#include "gateway/secrets_guarding.h"
#include "identity/api.h"
#include "identity/identity.h"
#include "identity/limits_api.h"
#include "identity/replayed_routes.h"
#include "identity/schema.h"
#include "net/openapi.h"
#include "net/server.h"
#include "store/blobs.h"
#include "store/migrations.h"
#include "trace/api.h"
#include "trace/recorder.h"
#include "trace/store.h"

namespace tandem::app {
namespace {

constexpr size_t kAdminQueue = 256;
constexpr size_t kLoaderQueue = 64;
constexpr int64_t kLastUsedEveryMs = 60'000;
constexpr int64_t kOtherNodesEveryMs = 500;
constexpr int64_t kAlertsEveryMs = 1'000;
constexpr int64_t kRetentionEveryMs = 3'600'000;
constexpr int64_t kExpiryEveryMs = 60'000;

// What a line of a batch may ask for, where there is such a route.
constexpr std::array<std::string_view, 6> kBatchEndpoints = {
    "/v1/chat/completions", "/v1/completions", "/v1/embeddings",
    "/v1/responses",        "/v1/moderations", "/v1/rerank"};

size_t io_thread_count(const Settings& settings) {
  if (settings.io_threads > 0) return static_cast<size_t>(settings.io_threads);
  return std::max<size_t>(1, std::thread::hardware_concurrency());
}

Result<std::unique_ptr<store::Db>> open_database(const Settings& settings, const DataDir& folder) {
  TRY(auto db, settings.database.empty() ? store::open_sqlite((folder / "tandem.db").string())
                                         : store::open_postgres(settings.database));
  std::vector<store::Migration> all;
  for (const auto migrations :
       {identity::migrations(), audit::migrations(), cost::migrations(), gateway::migrations()}) {
    all.insert(all.end(), migrations.begin(), migrations.end());
  }
  TRY_VOID(store::migrate(*db, all));
  return db;
}

void append(net::Routes& all, net::Routes more) {
  for (net::Route& route : more) all.push_back(std::move(route));
}

}  // namespace

// In the order in which they are made; taken down in reverse.
struct Server::Parts {
  explicit Parts(Settings s, DataDir d)
      : settings(std::move(s)),
        folder(std::move(d)),
        threads(io_thread_count(settings)),
        admin("admin", 1, kAdminQueue),
        loaders("loaders", 1, kLoaderQueue),
        energy(settings.energy.factors()) {}
  // Nothing may run on an io thread or on the ledger's while the parts below go.
  ~Parts() {
    threads.stop();
    chores.stop();
    notices.stop();
    retention.stop();
    if (ledger) ledger->stop();
  }

  Result<void> open_stores();
  Result<void> open_identity();
  Result<void> open_gateway(std::shared_ptr<const guard::SecretScanner> scanner);
  Result<void> open_batches();
  Result<void> open_server();
  net::Routes all_routes();
  void start_chores();
  Result<void> start_notices();
  Result<identity::LimitUse> used_since(identity::LimitScope scope, std::string_view id,
                                        WallUs from_us) const;
  std::string webhook_secret(std::string_view webhook_id) const;
  void publish_gauges();

  Settings settings;
  DataDir folder;
  metrics::Metrics metrics;
  IoThreads threads;
  Pool admin;    // changes of the catalog, one after the other
  Pool loaders;  // loads models
  std::unique_ptr<store::Db> db;
  std::unique_ptr<store::Blobs> blobs;
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<audit::AuditLog> audit_log;

  cost::PriceBook prices;
  cost::EnergyModel energy;
  std::unique_ptr<cost::RaplMeter> rapl;
  std::unique_ptr<cost::webhooks::AlertWatch> alerts;
  cost::Budgets budgets{[this](const cost::BudgetAlert& alert) {
    if (alerts) alerts->note_refusal(alert);
  }};
  std::unique_ptr<cost::PriceService> price_service;
  std::unique_ptr<cost::BudgetService> budget_service;
  std::unique_ptr<cost::JournalSink> sink;
  std::unique_ptr<cost::Ledger> ledger;
  std::unique_ptr<cost::Accountant> accountant;

  std::unique_ptr<trace::TraceStore> traces;
  std::unique_ptr<trace::Recorder> recorder;

  std::unique_ptr<KeyBudgets> key_budgets;
  std::unique_ptr<identity::Identity> identity;
  std::unique_ptr<identity::Replays> replays;

  std::unique_ptr<engines::Supervisor> supervisor;
  std::unique_ptr<engines::onnx::Runtime> onnx;
  std::unique_ptr<gateway::EngineTargetFactory> factory;
  gateway::CallQueues call_queues{metrics};
  Snapshot<gateway::Catalog> catalogs;
  std::unique_ptr<gateway::CatalogService> catalog_service;
  std::unique_ptr<gateway::SecretsGuarding> guarding;
  std::vector<std::unique_ptr<net::Client>> clients;
  std::unique_ptr<gateway::HealthChecks> checks;
  std::unique_ptr<gateway::PathServices> path;
  std::unique_ptr<gateway::oip::OipSurface> oip_surface;
  std::unique_ptr<gateway::responses::ResponseStore> responses;
  std::unique_ptr<gateway::files::Files> files;

  std::unique_ptr<Gate> gate;
  std::unique_ptr<RequestMetrics> request_metrics;
  std::string openapi;
  std::vector<gateway::GovernedRoute> governed;
  std::unique_ptr<gateway::batches::BatchRunner> batches;
  std::unique_ptr<net::Server> http;
  Chores chores;
  std::unique_ptr<cost::webhooks::Sender> sender;
  Chores notices;    // budget alerts and webhooks, which wait for others
  Chores retention;  // may take minutes, so it has a thread of its own
  std::atomic<bool> ready{false};
  bool stopped = false;
};

Result<void> Server::Parts::open_stores() {
  TRY(db, open_database(settings, folder));
  TRY(blobs, store::open_folder_blobs(folder / "blobs"));
  TRY(journal, store::Journal::open(folder / "journal", settings.journal_sync.options()));
  audit_log = std::make_unique<audit::AuditLog>(*db);
  price_service = std::make_unique<cost::PriceService>(*db, prices);
  TRY_VOID(price_service->load(settings.prices, wall_now_us()));
  TRY(ledger, cost::Ledger::open(*db, *journal, budgets));
  budget_service = std::make_unique<cost::BudgetService>(*db, budgets);
  TRY_VOID(budget_service->load(settings.budgets(), wall_now_us()));
  sink = std::make_unique<cost::JournalSink>(*journal);
  accountant = std::make_unique<cost::Accountant>(*sink, budgets, prices, energy);
  alerts = std::make_unique<cost::webhooks::AlertWatch>(*db, budgets);
  rapl = cost::RaplMeter::open();
  ledger->start([this] {
    accountant->retry_unwritten();
    if (rapl) rapl->sample(steady_now_us(), energy);
  });
  TRY(traces, trace::TraceStore::open((folder / "traces.db").string()));
  recorder = std::make_unique<trace::Recorder>(*traces);
  return {};
}

Result<void> Server::Parts::open_identity() {
  identity::IdentityOptions options;
  options.data_dir = folder.path().string();
  if (const char* key = std::getenv("TANDEM_ADMIN_KEY")) options.admin_key = key;
  key_budgets = std::make_unique<KeyBudgets>(*budget_service, budgets, admin);
  options.budgets = key_budgets.get();
  options.used_since = [this](identity::LimitScope scope, std::string_view id, WallUs from_us) {
    return used_since(scope, id, from_us);
  };
  TRY(identity, identity::Identity::open(*db, options));
  TRY_VOID(identity->projects().declare(settings.declared_projects()));
  TRY(replays, identity::Replays::open(*db));
  if (const auto& key = identity->new_admin_key()) {
    std::fprintf(stderr, "The admin key of this server, shown this once and kept in %s:\n  %s\n",
                 (folder / "admin.key").c_str(), key->c_str());
  }
  return {};
}

Result<void> Server::Parts::open_gateway(std::shared_ptr<const guard::SecretScanner> scanner) {
  TRY(guarding, gateway::SecretsGuarding::create(std::move(scanner)));
  supervisor = std::make_unique<engines::Supervisor>();
  engines::onnx::RuntimeOptions onnx_options;
  onnx_options.library_path = settings.onnxruntime;
  onnx = std::make_unique<engines::onnx::Runtime>(onnx_options);
  const auto owns_blob = [this](std::string_view project, std::string_view blob) {
    return db->read_now([&](store::Connection& connection) {
      return gateway::blob_is_known(connection, project, blob);
    });
  };
  factory = std::make_unique<gateway::EngineTargetFactory>(gateway::EngineTargetFactory::Parts{
      *supervisor, *onnx, loaders, *blobs, owns_blob, settings.llama_server});
  catalog_service = std::make_unique<gateway::CatalogService>(*db, *factory, catalogs, call_queues);
  TRY_VOID(catalog_service->load(settings.providers, settings.endpoints));
  TRY(auto tls, net::TlsContext::client(""));
  for (size_t i = 0; i < threads.size(); ++i) {
    clients.push_back(std::make_unique<net::Client>(threads.at(i), net::ClientOptions{tls}));
  }
  checks = std::make_unique<gateway::HealthChecks>(threads.at(0), *clients[0], catalogs, metrics);
  path = std::make_unique<gateway::PathServices>(
      gateway::PathServices{catalogs, *accountant, *guarding, *recorder, identity->rate_limits(),
                            clients, metrics, replays.get()});
  oip_surface = std::make_unique<gateway::oip::OipSurface>(catalogs);
  responses = std::make_unique<gateway::responses::ResponseStore>(*db, settings.responses, metrics);
  files = std::make_unique<gateway::files::Files>(*db, *blobs, metrics, settings.files);
  return {};
}

// Once the governed routes are made.
Result<void> Server::Parts::open_batches() {
  const auto principal_of = [this](const KeyId& key,
                                   std::string_view project) -> Result<Principal> {
    TRY(Principal principal, identity->authenticator().principal_of(key, wall_now_us()));
    TRY_VOID(identity->enter_project(principal, project));
    return principal;
  };
  std::vector<gateway::batches::BatchRoute> routes;
  for (const std::string_view endpoint : kBatchEndpoints) {
    for (const gateway::GovernedRoute& route : governed) {
      if (route.route.pattern == endpoint) routes.push_back({route.route, route.surface});
    }
  }
  TRY(std::string node, folder.node_id());
  batches = std::make_unique<gateway::batches::BatchRunner>(gateway::batches::BatchRunner::Parts{
      *path, *files, threads.at(threads.size() - 1), principal_of, std::move(routes),
      settings.batches, std::move(node)});
  return {};
}

net::Routes Server::Parts::all_routes() {
  net::Routes all;
  const auto most = static_cast<size_t>(settings.limits.max_request_bytes);
  for (gateway::GovernedRoute& route : governed) {
    // Tensors may be larger than texts by the factor that their routes say.
    route.route.max_body_bytes = route.route.max_body_bytes / limits::kDefaultMaxBodyBytes * most;
    all.push_back(route.route);
  }
  append(all, identity::api_routes(*identity));
  append(all, identity::limits_routes(*identity, admin));
  append(all, audit::audit_routes(*audit_log));
  append(all, trace::trace_routes({*traces, recorder.get()}));
  append(all, cost::cost_routes({*db, budgets, *budget_service, *price_service, admin}));
  append(all, cost::report_routes({*db}));
  append(all, cost::webhooks::webhook_routes(
                  {*db, admin, settings.webhooks,
                   [this](std::string_view id) { return webhook_secret(id); }}));
  append(all, gateway::models_routes(catalogs));
  append(all, gateway::responses::stored_routes(*responses));
  append(all, gateway::files::file_routes(*files));
  append(all, gateway::batches::batch_routes(*batches));
  append(all, gateway::oip_metadata_routes(catalogs, std::string(kVersion)));
  append(all, gateway::catalog_routes(
                  {*catalog_service, catalogs, *factory, *db, *blobs, admin, *checks}));
  append(all,
         system_routes({metrics, [this] { return ready.load(); }, [this] { return openapi; }}));
  identity::honour_idempotency_keys(all, *replays);
  audit::audit_mutations(all, *audit_log);
  return all;
}

Result<void> Server::Parts::open_server() {
  governed = gateway::openai_routes(*path);
  for (auto& route : gateway::operation_routes(*path)) governed.push_back(std::move(route));
  for (auto& route : gateway::anthropic_routes(*path)) governed.push_back(std::move(route));
  for (auto& route : gateway::responses_routes(*path, *responses)) {
    governed.push_back(std::move(route));
  }
  for (auto& route : gateway::gemini_routes(*path)) governed.push_back(std::move(route));
  for (auto& route : gateway::oip_routes(*path, *oip_surface)) governed.push_back(std::move(route));
  TRY_VOID(open_batches());
  net::Routes routes = all_routes();
  TRY_VOID(gateway::check_governed_routes(routes, governed, *guarding));
  openapi = net::openapi_json(routes, kVersion);
  TRY(net::Router router, net::Router::build(std::move(routes)));
  net::ServerOptions options;
  TRY(const auto address, parse_listen(settings.listen));
  options.host = address.first;
  options.port = address.second;
  if (settings.tls) {
    TRY(options.tls, net::TlsContext::server(settings.tls->certificate, settings.tls->key));
  }
  gate = std::make_unique<Gate>(*identity);
  request_metrics = std::make_unique<RequestMetrics>(metrics, router.routes());
  metrics.on_scrape([this] { publish_gauges(); });
  http = std::make_unique<net::Server>(std::move(options), threads, std::move(router), *gate,
                                       request_metrics.get());
  threads.start();
  checks->start();
  TRY_VOID(http->listen());
  batches->start(threads);
  start_chores();
  TRY_VOID(start_notices());
  ready = true;
  return {};
}

void Server::Parts::start_chores() {
  chores.add({"storing when keys were last used", kLastUsedEveryMs,
              [this] { return identity->store_last_used_now(); }, true});
  if (!settings.database.empty()) {
    chores.add({"reading what other nodes changed", kOtherNodesEveryMs,
                [this] { return identity->refresh_now(); }});
  }
  chores.add({"deleting expired files", kExpiryEveryMs,
              [this] { return files->delete_expired_now(wall_now_us()); }});
  chores.start();
  retention.add({"deleting old responses", kRetentionEveryMs,
                 [this]() -> Result<void> {
                   TRY(const int64_t gone, responses->delete_old_now(wall_now_us()));
                   if (gone > 0) log::info("app", "{} old responses were deleted", gone);
                   return {};
                 },
                 false, true});
  const int64_t keep_us = settings.traces.keep_days * time::kDayUs;
  auto delete_old = [this, keep_us]() -> Result<void> {
    const auto all = trace::Scope::every(ProjectId(identity::kDefaultProject));
    TRY(const int64_t gone, traces->delete_before_now(all, wall_now_us() - keep_us));
    if (gone > 0) log::info("app", "{} old traces were deleted", gone);
    return {};
  };
  if (keep_us > 0) {
    retention.add({"deleting old traces", kRetentionEveryMs, delete_old, false, true});
  }
  retention.start();
}

// Calls that were paid for, and their tokens, as far as the ledger has them.
Result<identity::LimitUse> Server::Parts::used_since(identity::LimitScope scope,
                                                     std::string_view id, WallUs from_us) const {
  constexpr std::string_view kColumns[] = {"project", "team_id", "user_id", "key_id", "endpoint"};
  cost::LedgerQuery query;
  query.equals.push_back({kColumns[static_cast<size_t>(scope)], std::string(id)});
  query.from_us = from_us;
  query.group_by = {"state"};
  TRY(const auto groups, db->read_now([&](store::Connection& connection) {
    return cost::read_groups(connection, query);
  }));
  identity::LimitUse use;
  for (const cost::LedgerGroup& group : groups) {
    if (group.keys[0] == "released") continue;
    use.requests += group.calls;
    use.tokens += group.sum("input_tokens") + group.sum("output_tokens");
  }
  return use;
}

std::string Server::Parts::webhook_secret(std::string_view webhook_id) const {
  return cost::webhooks::secret_text(identity->derive_secret("webhook " + std::string(webhook_id)));
}

Result<void> Server::Parts::start_notices() {
  TRY(auto tls, net::TlsContext::client(""));
  sender = std::make_unique<cost::webhooks::Sender>(
      *db, threads, std::move(tls), settings.webhooks,
      [this](std::string_view id) { return webhook_secret(id); });
  notices.add({"watching budgets", kAlertsEveryMs, [this] { return alerts->look(wall_now_us()); }});
  notices.add({"sending webhooks", kAlertsEveryMs, [this] { return sender->run(wall_now_us()); }});
  notices.start();
  return {};
}

void Server::Parts::publish_gauges() {
  const auto set = [this](std::string_view name, std::string_view help, double value) {
    metrics.gauge(name, help).set(value);
  };
  const auto spans = recorder->stats();
  const auto calls = accountant->stats();
  const auto folded = ledger->stats();
  const auto kept = journal->stats();
  const auto count = [](auto number) { return static_cast<double>(number); };
  set("tandem_connections", "Open client connections.", count(http->connections()));
  set("tandem_trace_spans_written", "Spans of own calls written.", count(spans.written));
  set("tandem_trace_spans_dropped", "Spans of own calls dropped under overload.",
      count(spans.dropped_full + spans.dropped_failed));
  set("tandem_trace_queue_spans", "Spans waiting to be written.", count(spans.queued));
  set("tandem_reservations_open", "Reservations that are open now.", count(calls.open));
  set("tandem_calls_settled", "Attempts settled with reported usage.", count(calls.settled));
  set("tandem_calls_estimated", "Attempts settled at an estimate.", count(calls.estimated));
  set("tandem_calls_released", "Attempts that were not billed.", count(calls.released));
  set("tandem_unknown_price_calls", "Calls admitted without a price.", count(calls.unknown_price));
  set("tandem_ledger_rows", "Ledger rows written since the start.", count(folded.rows));
  set("tandem_ledger_lag_seconds", "Age of the oldest settlement that is not in the database.",
      count(folded.lag_us) / 1e6);
  set("tandem_ledger_failures", "Failed commits of the ledger, tried again.",
      count(folded.failures));
  set("tandem_journal_appends", "Records appended to the journal.", count(kept.appends));
  set("tandem_journal_failures", "Appends and syncs that failed.", count(kept.failures));
  const auto sent = sender->stats();
  set("tandem_webhook_deliveries", "Webhook deliveries that arrived.", count(sent.delivered));
  set("tandem_webhook_failures", "Attempts to deliver a webhook that failed.",
      count(sent.failures));
  set("tandem_webhook_given_up", "Webhook deliveries that were given up.", count(sent.given_up));
  set("tandem_budget_refusals", "Calls refused by a budget.", count(budgets.stats().refusals));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::start(Settings settings) {
  // Compiling the guard's rules takes longest, so it goes on beside the rest.
  auto scanner = std::async(std::launch::async, [] { return guard::SecretScanner::create(); });
  TRY(DataDir folder, DataDir::open(settings.data_dir));
  auto parts = std::make_unique<Parts>(std::move(settings), std::move(folder));
  TRY_VOID(parts->open_stores());
  TRY_VOID(parts->open_identity());
  TRY(auto compiled, scanner.get());
  TRY_VOID(parts->open_gateway(std::move(compiled)));
  TRY_VOID(parts->open_server());
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Result<void> Server::reload(const Settings& next) {
  auto job = [&]() -> Result<void> {
    TRY_VOID(parts_->catalog_service->load(next.providers, next.endpoints));
    TRY_VOID(parts_->identity->projects().declare(next.declared_projects()));
    TRY_VOID(parts_->price_service->load(next.prices, wall_now_us()));
    return parts_->budget_service->load(next.budgets(), wall_now_us());
  };
  std::promise<Result<void>> done;
  if (!parts_->admin.try_submit([&] { done.set_value(job()); })) {
    return fail(Code::Overloaded, "Too many changes wait already.", "Reload again in a moment.");
  }
  return done.get_future().get();
}

void Server::stop() {
  if (!parts_ || parts_->stopped) return;
  Parts& parts = *parts_;
  parts.stopped = true;
  parts.ready = false;
  const Deadline drained = Deadline::after_ms(limits::kDrainMs, steady_now_us());
  parts.batches->drain();
  parts.http->drain(limits::kDrainMs);
  parts.threads.run_task(0, [&](IoThread&) { return parts.checks->stop(); });
  parts.batches->stop(parts.threads,
                      std::max<int64_t>((drained.at_us - steady_now_us()) / 1000, 0));
  for (size_t i = 0; i < parts.threads.size(); ++i) {
    parts.threads.run_on(i, [&](IoThread&) { parts.clients[i]->close_idle(); });
  }
  parts.sender->stop();
  parts.notices.stop();
  parts.chores.stop();
  parts.retention.stop();
  parts.recorder->flush();
  parts.ledger->stop();
  // Coroutines that wait for a model's thread must be gone before the model is.
  parts.catalogs.publish(std::make_shared<gateway::Catalog>());
  parts.threads.stop();
}

const std::string& Server::openapi() const {
  return parts_->openapi;
}

std::string Server::ready_line() const {
  const Settings& settings = parts_->settings;
  const auto address = parse_listen(settings.listen);
  const std::string scheme = settings.tls ? "https://" : "http://";
  const std::string url = scheme + (address ? address->first : "127.0.0.1") + ":" +
                          std::to_string(parts_->http->port());
  std::string line;
  json::Writer json(line);
  json.object().key("event").string("ready").key("http").string(url);
  json.key("grpc").null().key("ui").string(url + "/").end_object();
  return line;
}

}  // namespace tandem::app
