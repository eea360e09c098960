#include "gateway/gemini/embeddings.h"

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/gemini/answer_reader.h"
#include "gateway/gemini/fields.h"
#include "gateway/gemini/request.h"
#include "gateway/gemini/usage.h"

namespace tandem::gateway::gemini {
namespace {

Result<std::vector<float>> read_vector(const json::Value& embedding) {
  const json::Value* values = find(embedding, "values");
  if (!values || !values->is_array()) return malformed("It holds an embedding without values.");
  std::vector<float> vector;
  vector.reserve(values->children.size());
  for (const json::Value& value : values->children) {
    const auto number = value.number();
    if (!number) return malformed("It holds an embedding whose values are no numbers.");
    vector.push_back(static_cast<float>(*number));
  }
  return vector;
}

}  // namespace

Result<Embeddings> read_embeddings(std::string_view text) {
  const auto document = json::parse(std::string(text));
  if (!document) return malformed(document.error().message);
  const json::Value& body = document->root();
  TRY_VOID(check_no_error(body));
  const json::Value* all = find(body, "embeddings");
  if (!all) all = find(body, "embedding");
  if (!all) return malformed("It holds no embeddings.");
  Embeddings embeddings;
  for (const json::Value* embedding : elements(*all)) {
    TRY(auto vector, read_vector(*embedding));
    embeddings.vectors.push_back(std::move(vector));
  }
  if (const json::Value* usage = find(body, "usageMetadata")) embeddings.usage = read_usage(*usage);
  return embeddings;
}

Result<std::string> compose_embeddings(const Call& call, std::string_view model) {
  if (call.inputs.empty()) {
    return fail(Code::InvalidArgument, "The target of this endpoint embeds texts, not token ids.",
                "Send each input as one text.", "input");
  }
  const std::string name = "models/" + std::string(model_name(model));
  std::string out;
  json::Writer json(out);
  json.object().key("requests").array();
  for (const std::string& input : call.inputs) {
    json.object().key("model").string(name);
    json.key("content").object().key("parts").array();
    json.object().key("text").string(input).end_object().end_array().end_object();
    if (call.dimensions) json.key("outputDimensionality").integer(*call.dimensions);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace tandem::gateway::gemini
