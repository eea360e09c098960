// Settings: the whole configuration of a server (tandem.yaml), described once; reading, checking,
// printing and the reference page follow from it. Plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/config/describe.h"
#include "base/config/load.h"
#include "cost/budget_service.h"
#include "cost/config.h"
#include "cost/energy_config.h"
#include "cost/webhooks/types.h"
#include "gateway/batches/types.h"
#include "gateway/config.h"
#include "gateway/responses/config.h"
#include "gateway/files/types.h"
#include "identity/types.h"
#include "store/journal.h"

namespace tandem::app {

struct TlsSettings {
  static constexpr std::string_view kTypeName = "tls";
  std::string certificate;
  std::string key;

  template <class V>
  static void describe(V& v) {
    v.field("certificate", &TlsSettings::certificate, "PEM file of the certificate chain.");
    v.field("key", &TlsSettings::key, "PEM file of the private key.");
  }
};

struct LogSettings {
  static constexpr std::string_view kTypeName = "log";
  std::string level = "info";
  std::string format = "auto";

  template <class V>
  static void describe(V& v) {
    v.field("level", &LogSettings::level, "debug, info, warn or error.");
    v.field("format", &LogSettings::format, "auto (text on a terminal, else json), text or json.");
  }
};

struct ProjectSettings {
  static constexpr std::string_view kTypeName = "project";
  std::string description;
  std::optional<cost::BudgetConfig> budget;

  template <class V>
  static void describe(V& v) {
    v.field("description", &ProjectSettings::description, "What it is for.").at_most(2000);
    v.field("budget", &ProjectSettings::budget, "What the whole project may spend.");
  }
};

struct JournalSyncSettings {
  static constexpr std::string_view kTypeName = "journal_sync";
  std::string mode = "interval";
  int64_t interval_ms = 10;

  template <class V>
  static void describe(V& v) {
    v.field("mode", &JournalSyncSettings::mode,
            "always (before each answer), interval, or os (when the kernel likes).");
    v.field("interval_ms", &JournalSyncSettings::interval_ms,
            "What a power cut may lose, in milliseconds; kill -9 never loses anything.")
        .range(1, 60'000);
    v.template short_form<std::string>(
        "always | os", "The mode alone.",
        [](JournalSyncSettings& sync, std::string text) { sync.mode = std::move(text); });
  }
  void validate(config::Errors& errors) const;
  store::JournalOptions options() const;
};

struct TraceSettings {
  static constexpr std::string_view kTypeName = "traces";
  int64_t keep_days = 0;

  template <class V>
  static void describe(V& v) {
    v.field("keep_days", &TraceSettings::keep_days,
            "Traces that started more days ago are deleted, within an hour; 0 keeps all.")
        .range(0, 36'500);
  }
};

struct LimitSettings {
  static constexpr std::string_view kTypeName = "limits";
  int64_t max_request_bytes = 16 * 1024 * 1024;

  template <class V>
  static void describe(V& v) {
    v.field("max_request_bytes", &LimitSettings::max_request_bytes,
            "Largest body of a model call; an endpoint's own limit may be lower.")
        .range(1024, 1'073'741'824);
  }
};

struct Settings {
  std::string listen = "127.0.0.1:8900";
  std::string grpc_listen = "127.0.0.1:8901";
  std::string data_dir = "./tandem-data";
  int64_t io_threads = 0;
  std::string database;
  std::string llama_server;
  std::string onnxruntime;
  LogSettings log;
  std::optional<TlsSettings> tls;
  LimitSettings limits;
  TraceSettings traces;
  gateway::responses::ResponsesConfig responses;
  JournalSyncSettings journal_sync;
  gateway::files::FilesConfig files;
  gateway::batches::BatchesConfig batches;
  gateway::ProviderMap providers;
  gateway::EndpointMap endpoints;
  cost::PriceConfigs prices;
  cost::webhooks::WebhookSettings webhooks;
  cost::EnergySettings energy;
  std::map<std::string, ProjectSettings> projects;

  template <class V>
  static void describe(V& v) {
    v.meaning("The configuration of a Tandem server.");
    v.field("listen", &Settings::listen, "HOST:PORT for HTTP; port 0 picks a free one.");
    v.field("grpc_listen", &Settings::grpc_listen, "HOST:PORT for gRPC.");
    v.field("data_dir", &Settings::data_dir, "Where everything is kept.");
    v.field("io_threads", &Settings::io_threads, "Threads for connections; 0: one for each core.")
        .range(0, 256);
    v.field("database", &Settings::database,
            "PostgreSQL connection string; empty: SQLite in the data folder.");
    v.field("llama_server", &Settings::llama_server,
            "The llama-server program; empty: searched in PATH and in the cache of scripts/setup.");
    v.field("onnxruntime", &Settings::onnxruntime,
            "The ONNX Runtime library; empty: searched in the cache, then in the system.");
    v.field("log", &Settings::log, "What is logged to standard error.");
    v.field("tls", &Settings::tls, "Serve HTTPS.");
    v.field("limits", &Settings::limits, "Limits of the server.");
    v.field("traces", &Settings::traces, "What is kept of traces.");
    v.field("responses", &Settings::responses, "What is kept of the Responses API's answers.");
    v.field("journal_sync", &Settings::journal_sync, "When the journal reaches the disk.");
    v.field("files", &Settings::files, "Files that clients upload (/v1/files).");
    v.field("batches", &Settings::batches, "Batches of calls (/v1/batches).");
    v.field("providers", &Settings::providers, "Who serves models.");
    v.field("endpoints", &Settings::endpoints, "What applications call, by name.");
    v.field("prices", &Settings::prices,
            "Prices by model, in US dollars per million tokens (per image, second or thousand rows "
            "where the class says so); they go before the built-in table.");
    v.field("webhooks", &Settings::webhooks, "Where webhooks may go: public https addresses.");
    v.field("energy", &Settings::energy, "How energy and emissions of calls are reckoned.");
    v.field("projects", &Settings::projects, "Projects that exist from the start.");
  }
  void validate(config::Errors& errors) const;

  std::vector<cost::FileBudget> budgets() const;
  std::vector<identity::ProjectSettings> declared_projects() const;
};

// The defaults of a server without a configuration file: a local chat model and a local embedding
// model, as far as scripts/setup has brought them.
Settings embedded_defaults();

// "host:port" in its parts; the host may be in brackets (IPv6).
Result<std::pair<std::string, uint16_t>> parse_listen(const std::string& text);

}  // namespace tandem::app
