#include "gateway/oip/surface.h"

#include "base/json/writer.h"
#include "engines/oip/request.h"
#include "engines/oip/response.h"

namespace tandem::gateway::oip {
namespace {

namespace codec = engines::oip;

// More than this of a tensor is not kept in a trace.
constexpr size_t kMostShown = 256;

void collect_texts(Call& call) {
  for (size_t tensor = 0; tensor < call.infer.inputs.size(); ++tensor) {
    const auto& strings = call.infer.inputs[tensor].strings;
    for (size_t element = 0; element < strings.size(); ++element) {
      TextSegment segment;
      segment.text = strings[element];
      segment.role = "user";
      segment.tensor = tensor;
      segment.element = element;
      call.texts.push_back(std::move(segment));
    }
  }
}

trace::Json show(const std::vector<engines::Tensor>& tensors) {
  codec::InferResponse shown;
  size_t elements = 0;
  for (const engines::Tensor& tensor : tensors) {
    const auto count = engines::element_count(tensor.shape);
    elements += count ? *count : kMostShown + 1;
    if (elements > kMostShown) break;
    shown.outputs.push_back(tensor);
  }
  std::string out;
  json::Writer json(out);
  if (elements <= kMostShown) {
    const std::string whole = codec::render_infer_response({}, shown).body;
    const size_t begin = whole.find("\"outputs\":");
    if (begin != std::string::npos) {
      return {whole.substr(begin + 10, whole.size() - begin - 11)};
    }
  }
  json.array();
  for (const engines::Tensor& tensor : tensors) {
    json.object().key("name").string(tensor.name);
    json.key("datatype").string(engines::name_of(tensor.type)).key("shape").array();
    for (int64_t size : tensor.shape) json.integer(size);
    json.end_array().end_object();
  }
  json.end_array();
  return {std::move(out)};
}

}  // namespace

Result<Call> OipSurface::read(net::Exchange& exchange) const {
  const net::Request& request = exchange.request();
  Call call;
  call.kind = CallKind::Predict;
  call.endpoint = request.path_param("model");
  call.bytes_in = request.wire_body_bytes();
  call.session_id = request.header("x-session-id");
  const auto endpoint = catalogs_.get()->find(exchange.context().project(), call.endpoint);
  const engines::ModelMetadata* model = endpoint ? endpoint->target(0)->model_metadata() : nullptr;
  if (!model) return call;  // the path says what is wrong: no such endpoint, or not of this kind
  std::optional<std::string_view> header_length;
  if (request.headers().contains(codec::kHeaderLength)) {
    header_length = request.header(codec::kHeaderLength);
  }
  TRY(call.infer, codec::parse_infer_request(request.body(), header_length, *model));
  collect_texts(call);
  return call;
}

Result<Rendered> OipSurface::render(const Call& call, AttemptResult& result,
                                    const std::string& endpoint, OutputGate* gate) const {
  if (gate) {
    for (engines::Tensor& tensor : result.tensors) {
      for (std::string& text : tensor.strings) {
        if (auto changed = gate->whole(text)) text = *std::move(changed);
        if (gate->blocked()) return fail(*gate->blocked());
      }
    }
  }
  Rendered rendered;
  rendered.output = show(result.tensors);
  codec::InferResponse response;
  response.model_name = endpoint;
  response.model_version = "1";
  response.id = call.infer.id;
  response.outputs = std::move(result.tensors);
  codec::Rendered body = codec::render_infer_response(call.infer, response);
  rendered.body = std::move(body.body);
  rendered.content_type = body.content_type;
  if (body.header_length) {
    net::append_header(rendered.header_block, codec::kHeaderLength,
                       std::to_string(*body.header_length));
  }
  return rendered;
}

void OipSurface::describe_input(Call& call, trace::Span& span) const {
  span.input = show(call.infer.inputs);
}

Result<Call> OipSurface::probe(std::string_view text) const {
  Call call;
  call.kind = CallKind::Predict;
  call.endpoint = "probe";
  engines::Tensor tensor;
  tensor.name = "text";
  tensor.type = engines::DataType::Bytes;
  tensor.shape = {1};
  tensor.strings = {std::string(text)};
  call.infer.inputs.push_back(std::move(tensor));
  collect_texts(call);
  return call;
}

}  // namespace tandem::gateway::oip
