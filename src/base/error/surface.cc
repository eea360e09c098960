#include "base/error/surface.h"

#include "base/error/error_table.h"
#include "base/json/writer.h"

namespace tandem {
namespace {

std::string sentence(const Error& error) {
  return error.hint.empty() ? error.message : error.message + " " + error.hint;
}

// `error.status` of Google's APIs. What a Google provider said itself is passed through.
std::string_view google_status(const Error& error) {
  if (is_grpc_name(error.upstream_code)) return error.upstream_code;
  return grpc_name(error_row(error.code).grpc_code);
}

// Source: google.aip.dev/193 and google/rpc/error_details.proto.
void write_google(json::Writer& json, const Error& error, std::string_view trace_id) {
  json.object().key("error").object().key("code").integer(http_status(error));
  json.key("message").string(sentence(error)).key("status").string(google_status(error));
  json.key("details").array();
  json.object().key("@type").string("type.googleapis.com/google.rpc.ErrorInfo");
  json.key("reason").string(surface_code(error)).key("domain").string("tandem");
  json.key("metadata").object().key("trace_id").string(trace_id).end_object().end_object();
  if (!error.param.empty()) {
    json.object().key("@type").string("type.googleapis.com/google.rpc.BadRequest");
    json.key("fieldViolations").array().object().key("field").string(error.param);
    json.key("description").string(error.message).end_object().end_array().end_object();
  }
  if (error.retry_after_s) {
    json.object().key("@type").string("type.googleapis.com/google.rpc.RetryInfo");
    json.key("retryDelay").string(std::to_string(*error.retry_after_s) + "s").end_object();
  }
  json.end_array().end_object().end_object();
}

}  // namespace

int http_status(const Error& error) {
  return error.upstream_status.value_or(error_row(error.code).http_status);
}

std::string_view surface_code(const Error& error) {
  return error.upstream_code.empty() ? error_row(error.code).name
                                     : std::string_view(error.upstream_code);
}

std::string error_body(Surface surface, const Error& error, std::string_view trace_id,
                       std::string_view request_id) {
  const ErrorRow& row = error_row(error.code);
  std::string out;
  json::Writer json(out);
  switch (surface) {
    case Surface::OpenAi:
      json.object().key("error").object();
      json.key("message").string(sentence(error)).key("type").string(row.openai_type);
      json.key("param");
      error.param.empty() ? json.null() : json.string(error.param);
      json.key("code").string(surface_code(error)).key("trace_id").string(trace_id);
      json.end_object().end_object();
      break;
    case Surface::Anthropic:
      json.object().key("type").string("error").key("error").object();
      json.key("type").string(row.anthropic_type).key("message").string(sentence(error));
      json.end_object().key("request_id").string(request_id).end_object();
      break;
    case Surface::Google:
      write_google(json, error, trace_id);
      break;
    case Surface::Mlflow:
      json.object().key("error_code").string(row.mlflow_code);
      json.key("message").string(sentence(error)).end_object();
      break;
    case Surface::OpenInference:
      json.object().key("error").string(sentence(error)).end_object();
      break;
    case Surface::Otlp:
      json.object().key("code").integer(row.grpc_code);
      json.key("message").string(sentence(error)).end_object();
      break;
    case Surface::Plain:
      out = sentence(error) + "\n";
      break;
    case Surface::Tandem:
      json.object().key("error").object();
      json.key("code").string(surface_code(error)).key("message").string(error.message);
      json.key("hint").string(error.hint).key("param");
      error.param.empty() ? json.null() : json.string(error.param);
      json.key("trace_id").string(trace_id).end_object().end_object();
      break;
  }
  return out;
}

}  // namespace tandem
