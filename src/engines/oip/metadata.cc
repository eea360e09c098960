#include "engines/oip/metadata.h"

#include <array>

#include "base/json/writer.h"

namespace tandem::engines::oip {
namespace {

constexpr std::array<std::string_view, 2> kExtensions{"binary_tensor_data", "model_repository"};

void write_shape(json::Writer& json, const Shape& shape) {
  json.array();
  for (const int64_t dimension : shape) json.integer(dimension);
  json.end_array();
}

void write_tensors(json::Writer& json, std::span<const TensorInfo> tensors) {
  json.array();
  for (const TensorInfo& tensor : tensors) {
    json.object().key("name").string(tensor.name);
    json.key("datatype").string(name_of(tensor.type)).key("shape");
    write_shape(json, tensor.shape);
    if (!tensor.classes.empty()) {
      json.key("parameters").object().key("classes").array();
      for (const std::string& name : tensor.classes) json.string(name);
      json.end_array().end_object();
    }
    json.end_object();
  }
  json.end_array();
}

void write_config_tensors(json::Writer& json, std::span<const TensorInfo> tensors) {
  json.array();
  for (const TensorInfo& tensor : tensors) {
    const std::string type =
        tensor.type == DataType::Bytes ? "STRING" : std::string(name_of(tensor.type));
    json.object().key("name").string(tensor.name);
    json.key("data_type").string("TYPE_" + type).key("dims");
    write_shape(json, tensor.shape);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::span<const std::string_view> extensions() {
  return kExtensions;
}

std::string render_server_metadata(std::string_view version) {
  std::string out;
  json::Writer json(out);
  json.object().key("name").string("tandem").key("version").string(version);
  json.key("extensions").array();
  for (const std::string_view extension : kExtensions) json.string(extension);
  json.end_array().end_object();
  return out;
}

std::string render_model_metadata(const ModelMetadata& model,
                                  std::span<const std::string> versions) {
  std::string out;
  json::Writer json(out);
  json.object().key("name").string(model.name).key("versions").array();
  for (const std::string& version : versions) json.string(version);
  json.end_array().key("platform").string(model.platform).key("inputs");
  write_tensors(json, model.inputs);
  json.key("outputs");
  write_tensors(json, model.outputs);
  json.end_object();
  return out;
}

std::string render_model_config(const ModelMetadata& model) {
  std::string out;
  json::Writer json(out);
  json.object().key("name").string(model.name).key("platform").string(model.platform);
  // 0: the shapes below are whole, with the batch dimension where the model has one.
  json.key("max_batch_size").integer(0).key("input");
  write_config_tensors(json, model.inputs);
  json.key("output");
  write_config_tensors(json, model.outputs);
  json.end_object();
  return out;
}

std::string render_repository_index(std::span<const RepositoryEntry> entries) {
  std::string out;
  json::Writer json(out);
  json.array();
  for (const RepositoryEntry& entry : entries) {
    json.object().key("name").string(entry.name);
    if (!entry.version.empty()) json.key("version").string(entry.version);
    json.key("state").string(entry.ready ? "READY" : "UNAVAILABLE");
    json.key("reason").string(entry.reason).end_object();
  }
  json.end_array();
  return out;
}

}  // namespace tandem::engines::oip
