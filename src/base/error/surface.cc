#include "base/error/surface.h"

#include "base/error/error_table.h"
#include "base/json/writer.h"

namespace tandem {
namespace {

std::string sentence(const Error& error) {
  return error.hint.empty() ? error.message : error.message + " " + error.hint;
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
