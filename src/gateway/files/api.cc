#include "gateway/files/api.h"

#include "base/json/writer.h"
#include "base/limits.h"
#include "gateway/files/form.h"
#include "gateway/openai/list.h"

namespace tandem::gateway::files {
namespace {

using net::Exchange;
using net::Method;
using net::Response;
using net::Route;

constexpr int64_t kMostListed = 10'000;
// What the form may add to the bytes of the file: boundaries, headers and the other fields.
constexpr int64_t kFormBytes = 64 * 1024;
constexpr size_t kPieceBytes = 256 * 1024;

void write_file(json::Writer& json, const File& file) {
  json.object().key("id").string(file.id).key("object").string("file");
  json.key("bytes").integer(file.size_bytes);
  json.key("created_at").integer(file.created_us / 1'000'000);
  json.key("expires_at");
  file.expires_us > 0 ? json.integer(file.expires_us / 1'000'000) : json.null();
  json.key("filename").string(file.filename).key("purpose").string(file.purpose);
  json.key("status").string("processed").key("status_details").null().end_object();
}

Response file_response(const File& file) {
  std::string body;
  json::Writer json(body);
  write_file(json, file);
  return Response::json(200, std::move(body));
}

std::string project_of(const Exchange& exchange) {
  return exchange.context().project().str();
}

class Handlers {
 public:
  explicit Handlers(Files& files) : files_(files) {}

  Task<Result<Response>> upload(Exchange& exchange) const {
    CO_TRY(auto parser,
           net::MultipartParser::create(exchange.request().header("content-type"), {}));
    FileForm form(files_.config().max_bytes);
    std::unique_ptr<store::BlobWriter> writer;
    auto open = [&]() -> Result<void> {
      TRY(writer, files_.blobs().start({static_cast<uint64_t>(files_.config().max_bytes)}));
      return {};
    };
    CO_TRY_VOID(co_await files_.pool().run(open));
    while (true) {
      CO_TRY(const std::string_view piece, co_await exchange.read_body());
      if (piece.empty()) break;
      CO_TRY_VOID(parser.feed(piece, form));
      const std::string bytes = form.take_bytes();
      if (bytes.empty()) continue;
      auto write = [&] {
        return writer->write({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
      };
      CO_TRY_VOID(co_await files_.pool().run(write));
    }
    CO_TRY_VOID(parser.finish());
    CO_TRY(File file, form.finish(wall_now_us()));
    file.project = project_of(exchange);
    file.key = exchange.context().principal.key.str();
    Files::Arrival arrival{*writer, std::move(file)};
    auto finish = [&] { return files_.finish_now({&arrival, 1}); };
    CO_TRY_VOID(co_await files_.pool().run(finish));
    co_return file_response(arrival.file);
  }

  Task<Result<Response>> list(Exchange& exchange) const {
    const net::Request& request = exchange.request();
    CO_TRY(const openai::ListQuery page,
           openai::read_list_query(request, kMostListed, kMostListed));
    FileQuery query;
    query.project = project_of(exchange);
    query.purpose = request.query_param("purpose").value_or("");
    query.after = page.after;
    query.order = page.ascending ? FileOrder::OldestFirst : FileOrder::NewestFirst;
    query.limit = page.limit + 1;
    query.now_us = wall_now_us();
    CO_TRY(auto found, co_await files_.list(std::move(query)));
    co_return Response::json(200, openai::write_list(found, page.limit, write_file));
  }

  Task<Result<Response>> get(Exchange& exchange) const {
    CO_TRY(const File file, co_await named(exchange));
    co_return file_response(file);
  }

  Task<Result<Response>> remove(Exchange& exchange) const {
    CO_TRY(const File file, co_await named(exchange));
    CO_TRY_VOID(co_await files_.remove(file));
    std::string body;
    json::Writer json(body);
    json.object().key("id").string(file.id).key("object").string("file");
    json.key("deleted").boolean(true).end_object();
    co_return Response::json(200, std::move(body));
  }

  Task<Result<void>> content(Exchange& exchange) const {
    CO_TRY(const File file, co_await named(exchange));
    CO_TRY(const auto reader, co_await files_.open(file));
    // Never anything that a browser would run.
    std::string headers = "x-content-type-options: nosniff\r\n";
    net::append_header(headers, "content-disposition", "attachment");
    exchange.start(200, "application/octet-stream", headers);
    std::vector<uint8_t> piece(kPieceBytes);
    while (true) {
      auto read = [&] { return reader->read(piece); };
      CO_TRY(const size_t bytes, co_await files_.pool().run(read));
      if (bytes == 0) break;
      CO_TRY_VOID(co_await exchange.write({reinterpret_cast<const char*>(piece.data()), bytes}));
    }
    co_return co_await exchange.finish();
  }

 private:
  Task<Result<File>> named(Exchange& exchange) const {
    std::string id(exchange.request().path_param("id"));
    co_return co_await files_.get(project_of(exchange), std::move(id));
  }

  Files& files_;
};

Route make_route(Method method, std::string pattern, std::string summary, std::string audit) {
  Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  route.permission = {net::Access::Call, "files"};
  route.surface = tandem::Surface::OpenAi;
  route.audit_action = std::move(audit);
  route.tag = "OpenAI";
  route.summary = std::move(summary);
  route.response_schema = R"({"type":"object"})";
  return route;
}

}  // namespace

net::Routes file_routes(Files& files) {
  const auto handlers = std::make_shared<const Handlers>(files);
  using Handler = Task<Result<Response>> (Handlers::*)(Exchange&) const;
  net::Routes routes;
  for (const std::string prefix : {"/v1", ""}) {
    const auto add = [&](Method method, const std::string& path, std::string summary,
                         std::string audit, Handler handler) -> Route& {
      routes.push_back(make_route(method, prefix + path, std::move(summary), std::move(audit)));
      routes.back().hidden = prefix.empty();
      if (handler) {
        routes.back().handler = [handlers, handler](Exchange& exchange) {
          return (handlers.get()->*handler)(exchange);
        };
      }
      return routes.back();
    };
    Route& upload = add(Method::Post, "/files", "Upload a file", "files.create", &Handlers::upload);
    upload.description =
        "A form (multipart/form-data) with file, purpose and, if it shall not stay "
        "for ever, expires_after[anchor] and expires_after[seconds].";
    upload.body_mode = net::BodyMode::Stream;
    upload.max_body_bytes = static_cast<size_t>(files.config().max_bytes + kFormBytes);
    Route& list = add(Method::Get, "/files", "List the project's files", "", &Handlers::list);
    list.parameters = openai::list_parameters(kMostListed, kMostListed);
    list.parameters.push_back(
        {"purpose", net::ParameterDoc::In::Query, "string", "Only files for this purpose.", false});
    add(Method::Get, "/files/{id}", "Show a file", "", &Handlers::get);
    add(Method::Delete, "/files/{id}", "Delete a file", "files.delete", &Handlers::remove);
    Route& content = add(Method::Get, "/files/{id}/content", "Read what is in a file", "", nullptr);
    content.response_schema.clear();
    content.stream_handler = [handlers](Exchange& exchange) { return handlers->content(exchange); };
  }
  return routes;
}

}  // namespace tandem::gateway::files
