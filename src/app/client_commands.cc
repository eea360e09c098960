#include "app/client_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "app/api_client.h"
#include "app/cli.h"
#include "app/table.h"
#include "base/json/writer.h"

namespace tandem::app {
namespace {

struct Common {
  std::string url;
  std::string key;
  bool json = false;
};

// What one noun's list shows, by column.
struct ListVerb {
  const char* noun;
  const char* help;
  const char* path;
  std::vector<std::string> columns;
};

const std::vector<ListVerb>& list_verbs() {
  static const std::vector<ListVerb> kVerbs = {
      {"keys", "Service keys", "/keys", {"id", "name", "project", "role", "expires_at"}},
      {"endpoints",
       "Endpoints",
       "/endpoints",
       {"name", "kind", "declared_by", "version", "updated_at"}},
      {"providers",
       "Providers",
       "/providers",
       {"name", "kind", "base_url", "model", "declared_by"}},
      {"models",
       "Uploaded models",
       "/models",
       {"name", "file", "size_bytes", "version", "updated_at"}},
      {"engines",
       "Supervised engines",
       "/engines",
       {"provider", "model", "phase", "pid", "calls", "resident_bytes"}},
      {"traces",
       "Traces",
       "/traces",
       {"trace_id", "name", "status", "duration_us", "input_tokens", "output_tokens",
        "cost_nano_usd"}},
      {"ledger",
       "Ledger rows",
       "/ledger",
       {"request_id", "attempt", "endpoint", "target", "state", "input_tokens", "output_tokens",
        "cost_nano_usd", "energy_mj"}},
      {"budgets",
       "Budgets",
       "/budgets",
       {"scope", "id", "period", "limit_nano_usd", "settled_nano_usd", "reserved_nano_usd",
        "resets_at"}},
      {"prices",
       "Prices of models",
       "/prices",
       {"model", "input", "cached_input", "output", "batch_percent", "declared_by", "price_id"}},
      {"limits",
       "Limits of requests and tokens",
       "/limits",
       {"id", "requests_per_minute", "tokens_per_minute", "requests_per_day", "tokens_per_day",
        "requests_per_month", "tokens_per_month"}},
      {"webhooks", "Webhooks", "/webhooks", {"id", "name", "project", "url", "created_at"}},
      {"deliveries",
       "What was sent to webhooks",
       "/webhook_deliveries",
       {"id", "webhook_id", "event", "state", "attempts", "last_status", "last_error"}},
      {"alerts", "Thresholds that budgets passed", "/budget_alerts", {"type", "timestamp", "data"}},
      {"statements", "Monthly statements", "/statements", {}},
      {"forecast",
       "What this month will have cost",
       "/forecast",
       {"project", "team_id", "key_id", "endpoint", "model", "spent_nano_usd", "forecast_nano_usd",
        "low_nano_usd", "high_nano_usd"}},
      {"reconciliation",
       "Reported usage against our own counts",
       "/reconciliation",
       {"target", "calls", "missing", "zero", "low", "high", "input_percent", "output_percent",
        "missing_nano_usd", "cost_nano_usd"}},
      {"audit", "Audit events", "/audit", {"time", "actor", "action", "resource", "outcome"}},
  };
  return kVerbs;
}

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : otherwise;
}

int report(const Common& common, const Result<ApiAnswer>& answer,
           const std::vector<std::string>& columns) {
  if (!answer) {
    std::fprintf(stderr, "tandem: %s\n", answer.error().describe().c_str());
    return kExitInternal;
  }
  if (answer->status >= 400) {
    std::fprintf(stderr, "tandem: %s\n", api_error_text(*answer).c_str());
    return 1;
  }
  std::fputs(
      common.json ? (answer->body + "\n").c_str() : render_table(answer->body, columns).c_str(),
      stdout);
  return 0;
}

void add_list(CLI::App& noun, const ListVerb& verb, Common& common, int& code) {
  CLI::App* list = noun.add_subcommand("list", "List them");
  auto query = std::make_shared<std::vector<std::string>>();
  list->add_option("query", *query, "Query parameters as name=value (limit=10 filter=…)");
  list->callback([&verb, &common, &code, query] {
    ApiClient client(common.url, common.key);
    code = report(common, client.get(verb.path, *query), verb.columns);
  });
}

// Everything that fits as a file, to standard output.
void add_export(CLI::App& noun, const ListVerb& verb, Common& common, int& code) {
  CLI::App* command = noun.add_subcommand("export", "Print all of it as csv or another format");
  auto format = std::make_shared<std::string>("csv");
  auto query = std::make_shared<std::vector<std::string>>();
  command->add_option("--format", *format, "csv (default), jsonl or json; statements: also html");
  command->add_option("query", *query, "Query parameters as name=value (group_by=team month=…)");
  command->callback([&verb, &common, &code, format, query] {
    std::vector<std::string> parameters = *query;
    parameters.push_back("format=" + *format);
    ApiClient client(common.url, common.key);
    const auto answer = client.get(verb.path, parameters);
    if (!answer || answer->status >= 400) {
      code = report(common, answer, {});
      return;
    }
    std::fwrite(answer->body.data(), 1, answer->body.size(), stdout);
  });
}

// Follows a list: what is there last, then what comes, oldest first, until it is interrupted.
class Tail {
 public:
  Tail(const ListVerb& verb, const Common& common) : verb_(verb), common_(common) {}

  int run() {
    ApiClient client(common_.url, common_.key);
    while (true) {
      const auto answer = client.get(verb_.path, {"limit=200"});
      if (!answer || answer->status >= 400) return report(common_, answer, verb_.columns);
      show(answer->body);
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  }

 private:
  void show(const std::string& body) {
    const boost::json::value page = boost::json::parse(body);
    const boost::json::array& rows = page.at("data").as_array();  // newest first
    std::set<std::string> now;
    boost::json::array fresh;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      std::string id(row->at(verb_.columns.front()).as_string());
      const bool old = first_ && rows.rend() - row > 10;
      if (!old && !seen_.contains(id)) fresh.push_back(*row);
      now.insert(std::move(id));
    }
    seen_ = std::move(now);
    if (common_.json) {
      for (const boost::json::value& row : fresh) {
        std::printf("%s\n", boost::json::serialize(row).c_str());
      }
    } else if (first_ || !fresh.empty()) {
      const std::string table =
          render_table(boost::json::serialize(boost::json::object{{"data", fresh}}), verb_.columns);
      const size_t header = first_ ? 0 : table.find('\n') + 1;
      std::fputs(table.c_str() + header, stdout);
    }
    first_ = false;
    std::fflush(stdout);
  }

  const ListVerb& verb_;
  const Common& common_;
  std::set<std::string> seen_;  // of the last look
  bool first_ = true;
};

void add_tail(CLI::App& noun, const ListVerb& verb, Common& common, int& code) {
  CLI::App* tail = noun.add_subcommand("tail", "Show the last ones, then those that come");
  tail->callback([&verb, &common, &code] { code = Tail(verb, common).run(); });
}

void add_keys(CLI::App& keys, Common& common, int& code) {
  struct Wanted {
    std::string name, project, role, expires_at, id;
    std::vector<std::string> endpoints;
    int64_t budget = -1;
  };
  auto wanted = std::make_shared<Wanted>();
  CLI::App* create = keys.add_subcommand("create", "Make a key; it is shown this once");
  create->add_option("name", wanted->name, "Name of the key")->required();
  create->add_option("--project", wanted->project, "Project");
  create->add_option("--role", wanted->role, "user, editor or admin");
  create->add_option("--endpoint", wanted->endpoints, "Endpoint that it may call (repeatable)");
  create->add_option("--expires-at", wanted->expires_at, "RFC 3339 time");
  create->add_option("--budget-nano-usd", wanted->budget, "Monthly budget in nano-dollars");
  create->callback([&common, &code, wanted] {
    std::string body;
    json::Writer json(body);
    json.object().key("name").string(wanted->name);
    if (!wanted->project.empty()) json.key("project").string(wanted->project);
    if (!wanted->role.empty()) json.key("role").string(wanted->role);
    if (!wanted->expires_at.empty()) json.key("expires_at").string(wanted->expires_at);
    if (!wanted->endpoints.empty()) {
      json.key("endpoints").array();
      for (const std::string& endpoint : wanted->endpoints) json.string(endpoint);
      json.end_array();
    }
    if (wanted->budget >= 0) {
      json.key("budget").object().key("nano_usd").integer(wanted->budget);
      json.key("period").string("month").end_object();
    }
    json.end_object();
    ApiClient client(common.url, common.key);
    code = report(common, client.send("POST", "/keys", body), {"id", "name", "key"});
  });
  CLI::App* revoke = keys.add_subcommand("revoke", "Revoke a key");
  revoke->add_option("id", wanted->id, "Id of the key")->required();
  revoke->callback([&common, &code, wanted] {
    ApiClient client(common.url, common.key);
    code = report(common, client.send("DELETE", "/keys/" + wanted->id, ""), {});
  });
}

void add_upload(CLI::App& models, Common& common, int& code) {
  auto name = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  CLI::App* upload = models.add_subcommand("upload", "Upload a model file");
  upload->add_option("name", *name, "Name in the project")->required();
  upload->add_option("file", *file, "The .onnx file")->required()->check(CLI::ExistingFile);
  upload->callback([&common, &code, name, file] {
    std::ifstream stream(*file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    ApiClient client(common.url, common.key);
    code = report(common, client.send("POST", "/models/upload?name=" + *name, bytes),
                  {"name", "file", "size_bytes"});
  });
}

}  // namespace

void add_client_commands(CLI::App& program, int& code) {
  auto common = std::make_shared<Common>();
  common->url = environment("TANDEM_URL", "http://127.0.0.1:8900");
  common->key = environment("TANDEM_KEY", "");
  for (const ListVerb& verb : list_verbs()) {
    CLI::App* noun = program.add_subcommand(verb.noun, verb.help);
    noun->require_subcommand(1);
    noun->fallthrough();
    noun->add_flag("--json", common->json, "Print JSON");
    noun->add_option("--url", common->url, "Address of the server (TANDEM_URL)");
    noun->callback([common] {});
    if (!verb.columns.empty()) add_list(*noun, verb, *common, code);
    if (std::string_view(verb.noun) == "keys") add_keys(*noun, *common, code);
    if (std::string_view(verb.noun) == "traces") add_tail(*noun, verb, *common, code);
    if (std::string_view(verb.noun) == "models") add_upload(*noun, *common, code);
    if (std::string_view(verb.noun) == "ledger") add_export(*noun, verb, *common, code);
    if (std::string_view(verb.noun) == "statements") add_export(*noun, verb, *common, code);
  }
}

}  // namespace tandem::app
