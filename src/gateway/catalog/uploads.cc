#include "gateway/catalog/uploads.h"

#include "base/clock.h"
#include "base/json/writer.h"
#include "gateway/catalog/list_page.h"
#include "gateway/catalog/store.h"

namespace tandem::gateway {
namespace {

using net::Exchange;
using net::Response;

void write_model(json::Writer& json, const StoredObject& model) {
  json.object().key("id").string(model.name).key("name").string(model.name);
  json.key("project").string(model.project);
  json.key("created_at").string(to_rfc3339(model.created_us));
  json.key("updated_at").string(to_rfc3339(model.updated_us));
  json.key("version").integer(model.version);
  json.key("file").string(model.body).key("blob").string(model.body);
  json.key("size_bytes").integer(model.size_bytes).end_object();
}

struct Uploads {
  store::Db& db;
  store::Blobs& blobs;
  Pool& admin;

  Task<Result<store::BlobInfo>> receive(Exchange& exchange) const {
    std::unique_ptr<store::BlobWriter> writer;
    auto open = [&]() -> Result<void> {
      TRY(writer, blobs.start({limits::kMaxUploadBytes}));
      return {};
    };
    CO_TRY_VOID(co_await admin.run(open));
    while (true) {
      CO_TRY(const std::string_view piece, co_await exchange.read_body());
      if (piece.empty()) break;
      auto write = [&] {
        return writer->write({reinterpret_cast<const uint8_t*>(piece.data()), piece.size()});
      };
      CO_TRY_VOID(co_await admin.run(write));
    }
    auto finish = [&] { return writer->finish(); };
    co_return co_await admin.run(finish);
  }

  Task<Result<Response>> upload(Exchange& exchange) const {
    const std::string name = exchange.request().query_param("name").value_or("");
    CO_TRY_VOID(check_id_text(name, "The query parameter name"));
    CO_TRY(const store::BlobInfo blob, co_await receive(exchange));
    if (blob.size_bytes == 0) {
      co_return fail(Code::InvalidArgument, "The body is empty: it must be the model file.",
                     "Send the bytes of the file, as curl --data-binary @model.onnx does.");
    }
    const WallUs now_us = wall_now_us();
    const StoredObject model{exchange.context().project().str(),
                             name,
                             blob.id.str(),
                             static_cast<int64_t>(blob.size_bytes),
                             1,
                             now_us,
                             now_us};
    auto job = [&](store::Connection& connection) -> Result<StoredObject> {
      TRY_VOID(put_model(connection, model));
      TRY(auto stored, find_model(connection, model.project, model.name));
      return *stored;
    };
    CO_TRY(const StoredObject stored, co_await db.write(job));
    std::string body;
    json::Writer json(body);
    write_model(json, stored);
    co_return Response::json(201, std::move(body));
  }

  Task<Result<Response>> list(Exchange& exchange) const {
    const std::string project = exchange.context().project().str();
    const net::Request& request = exchange.request();
    CO_TRY(
        const ListPage page,
        read_list_page({request.query_param("limit"), request.query_param("cursor"), {}, {}}, {}));
    auto job = [&](store::Connection& connection) {
      return list_models(connection, project, page.after, page.limit + 1);
    };
    CO_TRY(auto models, co_await db.read(job));
    const bool more = models.size() > static_cast<size_t>(page.limit);
    if (more) models.pop_back();
    std::string body;
    json::Writer json(body);
    json.object().key("data").array();
    for (const StoredObject& model : models) write_model(json, model);
    json.end_array().key("next_cursor");
    more ? json.string(models.back().name) : json.null();
    json.end_object();
    co_return Response::json(200, std::move(body));
  }
};

}  // namespace

net::Routes upload_routes(store::Db& db, store::Blobs& blobs, Pool& admin) {
  const auto uploads = std::make_shared<const Uploads>(Uploads{db, blobs, admin});
  net::Route upload;
  upload.method = net::Method::Post;
  upload.pattern = "/api/tandem/v1/models/upload";
  upload.permission = {net::Access::Write, "models"};
  upload.audit_action = "models.upload";
  upload.body_mode = net::BodyMode::Stream;
  upload.max_body_bytes = limits::kMaxUploadBytes;
  upload.tag = "models";
  upload.summary = "Upload a model file; name its `file` in a predict endpoint";
  upload.parameters = {
      {"name", net::ParameterDoc::In::Query, "string", "Name in the project.", true}};
  upload.response_schema = R"({"type":"object"})";
  upload.success_status = 201;
  upload.handler = [uploads](Exchange& exchange) { return uploads->upload(exchange); };

  net::Route list;
  list.pattern = "/api/tandem/v1/models";
  list.permission = {net::Access::Read, "models"};
  list.tag = "models";
  list.summary = "List uploaded models";
  list.parameters = {
      {"limit", net::ParameterDoc::In::Query, "integer", "How many at most: 1 to 1000, else 50.",
       false},
      {"cursor", net::ParameterDoc::In::Query, "string", "next_cursor of the page before.", false}};
  list.response_schema = R"({"type":"object"})";
  list.handler = [uploads](Exchange& exchange) { return uploads->list(exchange); };
  return {upload, list};
}

}  // namespace tandem::gateway
