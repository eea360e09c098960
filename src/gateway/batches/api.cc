#include "gateway/batches/api.h"

#include "gateway/batches/request.h"
#include "gateway/openai/list.h"

namespace tandem::gateway::batches {
namespace {

using net::Exchange;
using net::Method;
using net::Response;
using net::Route;

constexpr int64_t kUsualListed = 20;
constexpr int64_t kMostListed = 100;

Error no_such_batch(std::string_view id) {
  return Error(Code::NotFound, "There is no batch \"" + std::string(id.substr(0, 100)) + "\".",
               "GET /v1/batches lists the batches of the project.", "id");
}

std::string project_of(const Exchange& exchange) {
  return exchange.context().project().str();
}

class Handlers {
 public:
  explicit Handlers(BatchRunner& runner) : runner_(runner) {}

  Task<Result<Response>> create(Exchange& exchange) const {
    CO_TRY(Batch batch, read_create(exchange.request().take_body(), endpoints()));
    batch.project = project_of(exchange);
    batch.key = exchange.context().principal.key.str();
    CO_TRY(const files::File input, co_await input_of(batch));
    const BatchRunner::Parts& parts = runner_.parts();
    char ulid[26];
    batch.id = "batch_" + std::string(write_ulid(ulid));
    batch.node = parts.node;
    batch.input_blob = input.blob;
    batch.created_us = wall_now_us();
    batch.expires_us = batch.created_us + parts.config.window_s * 1'000'000;
    auto job = [&](store::Connection& connection) -> Result<void> {
      TRY(const int64_t unfinished, count_unfinished(connection, batch.project));
      if (unfinished >= parts.config.max_unfinished) {
        Error error(
            Code::RateLimited,
            "The project has " + std::to_string(unfinished) + " batches that are not finished.",
            "Wait for one of them, or have batches.max_unfinished raised.");
        error.retry_after_s = 60;
        return fail(std::move(error));
      }
      // In this transaction, so that the file cannot go in between.
      TRY(const auto still,
          files::find_file(connection, batch.project, batch.input_file, batch.created_us));
      if (!still) return fail(files::errors::no_such_file(batch.input_file));
      return insert_batch(connection, batch);
    };
    CO_TRY_VOID(co_await parts.files.db().write(job));
    runner_.wake();
    co_return Response::json(200, batch_json(batch));
  }

  Task<Result<Response>> list(Exchange& exchange) const {
    CO_TRY(const openai::ListQuery page,
           openai::read_list_query(exchange.request(), kUsualListed, kMostListed));
    const std::string project = project_of(exchange);
    auto job = [&](store::Connection& connection) {
      return list_batches(connection, project, page.after, page.limit + 1);
    };
    CO_TRY(auto found, co_await runner_.parts().files.db().read(job));
    const auto write = [](json::Writer& json, const Batch& batch) { json.raw(batch_json(batch)); };
    co_return Response::json(200, openai::write_list(found, page.limit, write));
  }

  Task<Result<Response>> get(Exchange& exchange) const {
    CO_TRY(const Batch batch, co_await named(exchange));
    co_return Response::json(200, batch_json(batch));
  }

  Task<Result<Response>> cancel(Exchange& exchange) const {
    CO_TRY(const Batch batch, co_await named(exchange));
    auto job = [&](store::Connection& connection) {
      return begin_cancelling(connection, batch.id, wall_now_us());
    };
    CO_TRY(const bool cancelled, co_await runner_.parts().files.db().write(job));
    if (!cancelled && batch.status != Status::Cancelling) {
      co_return fail(Code::InvalidArgument,
                     "The batch cannot be cancelled: its status is " +
                         std::string(status_name(batch.status)) + ".",
                     "", "id");
    }
    runner_.wake();
    CO_TRY(const Batch now, co_await named(exchange));
    co_return Response::json(200, batch_json(now));
  }

 private:
  std::vector<std::string> endpoints() const {
    std::vector<std::string> names;
    for (const BatchRoute& route : runner_.parts().routes) names.push_back(route.route.pattern);
    return names;
  }

  Task<Result<files::File>> input_of(const Batch& batch) const {
    const BatchRunner::Parts& parts = runner_.parts();
    auto found = co_await parts.files.get(batch.project, batch.input_file);
    if (!found) {
      Error error = std::move(found).error();
      if (error.code == Code::NotFound) error.param = "input_file_id";
      co_return fail(std::move(error));
    }
    if (found->purpose != "batch") {
      co_return fail(
          Code::InvalidArgument,
          "The file \"" + found->id + "\" was uploaded for the purpose " + found->purpose + ".",
          "Upload the input of a batch with purpose=batch.", "input_file_id");
    }
    if (found->size_bytes > parts.config.max_input_bytes) {
      co_return fail(Code::PayloadTooLarge,
                     "The input file has " + std::to_string(found->size_bytes) +
                         " bytes; a batch takes at most " +
                         std::to_string(parts.config.max_input_bytes) + ".",
                     "Split it over several batches.", "input_file_id");
    }
    co_return found;
  }

  Task<Result<Batch>> named(Exchange& exchange) const {
    const std::string id(exchange.request().path_param("id"));
    const std::string project = project_of(exchange);
    auto job = [&](store::Connection& connection) { return find_batch(connection, project, id); };
    CO_TRY(auto found, co_await runner_.parts().files.db().read(job));
    if (!found) co_return fail(no_such_batch(id));
    co_return *std::move(found);
  }

  BatchRunner& runner_;
};

}  // namespace

net::Routes batch_routes(BatchRunner& runner) {
  const auto handlers = std::make_shared<const Handlers>(runner);
  using Handler = Task<Result<Response>> (Handlers::*)(Exchange&) const;
  net::Routes routes;
  for (const std::string prefix : {"/v1", ""}) {
    const auto add = [&](Method method, const std::string& path, std::string summary,
                         std::string audit, Handler handler) -> Route& {
      Route route;
      route.method = method;
      route.pattern = prefix + path;
      route.permission = {net::Access::Call, "batches"};
      route.surface = tandem::Surface::OpenAi;
      route.audit_action = std::move(audit);
      route.tag = "OpenAI";
      route.summary = std::move(summary);
      route.response_schema = R"({"type":"object"})";
      if (method == Method::Post) route.request_schema = R"({"type":"object"})";
      route.hidden = prefix.empty();
      route.handler = [handlers, handler](Exchange& exchange) {
        return (handlers.get()->*handler)(exchange);
      };
      routes.push_back(std::move(route));
      return routes.back();
    };
    add(Method::Post, "/batches", "Have the requests of a file answered at leisure",
        "batches.create", &Handlers::create)
        .description =
        "input_file_id, endpoint, completion_window (24h), and optionally metadata and "
        "output_expires_after.";
    add(Method::Get, "/batches", "List the project's batches", "", &Handlers::list).parameters =
        openai::list_parameters(kUsualListed, kMostListed);
    add(Method::Get, "/batches/{id}", "Show a batch", "", &Handlers::get);
    add(Method::Post, "/batches/{id}/cancel", "Cancel a batch; what is answered stays",
        "batches.cancel", &Handlers::cancel);
  }
  return routes;
}

}  // namespace tandem::gateway::batches
