#include "engines/oip/response.h"

#include "base/json/writer.h"
#include "engines/oip/binary.h"
#include "engines/oip/json_data.h"

namespace tandem::engines::oip {
namespace {

bool as_binary(const InferRequest& request, const Tensor& output) {
  return output.type == DataType::Fp16 || output.type == DataType::Bf16 ||
         request.wants_binary(output.name);
}

void write_output(json::Writer& json, std::string& text, const Tensor& output, bool binary) {
  json.object().key("name").string(output.name);
  json.key("datatype").string(name_of(output.type)).key("shape").array();
  for (const int64_t dimension : output.shape) json.integer(dimension);
  json.end_array();
  if (binary) {
    json.key("parameters").object().key("binary_data_size");
    json.unsigned_integer(binary_size(output)).end_object();
  } else {
    json.key("data").raw("");
    append_json_data(output, text);
  }
  json.end_object();
}

}  // namespace

Rendered render_infer_response(const InferRequest& request, const InferResponse& response) {
  Rendered out;
  json::Writer json(out.body);
  json.object();
  if (!response.id.empty()) json.key("id").string(response.id);
  json.key("model_name").string(response.model_name);
  if (!response.model_version.empty()) json.key("model_version").string(response.model_version);
  json.key("outputs").array();
  size_t binary_bytes = 0;
  bool any_binary = false;
  for (const Tensor& output : response.outputs) {
    const bool binary = as_binary(request, output);
    write_output(json, out.body, output, binary);
    any_binary |= binary;
    if (binary) binary_bytes += binary_size(output);
  }
  json.end_array().end_object();
  out.content_type = "application/json";
  if (!any_binary) return out;
  out.content_type = "application/octet-stream";
  out.header_length = out.body.size();
  out.body.reserve(out.body.size() + binary_bytes);
  for (const Tensor& output : response.outputs) {
    if (as_binary(request, output)) append_binary(output, out.body);
  }
  return out;
}

}  // namespace tandem::engines::oip
