#include "gateway/openai/embeddings.h"

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/openai/chat_answer_reader.h"
#include "gateway/openai/chat_usage.h"

namespace tandem::gateway::openai {
namespace {

constexpr size_t kMostVectors = 100'000;

Failure malformed(const std::string& what) {
  return fail(Code::UpstreamError, "The provider's answer is not what it should be: " + what);
}

}  // namespace

Result<Embeddings> read_embeddings(std::string_view text) {
  const auto document = json::parse(std::string(text));
  if (!document) return malformed(document.error().message);
  const json::Value& body = document->root();
  TRY_VOID(check_no_error(body));
  const json::Value* data = body.find("data");
  if (!data || !data->is_array()) return malformed("It holds no embeddings.");
  if (data->children.size() > kMostVectors) return malformed("It holds too many embeddings.");
  Embeddings embeddings;
  embeddings.vectors.resize(data->children.size());
  for (size_t i = 0; i < data->children.size(); ++i) {
    const json::Value& element = data->children[i];
    const json::Value* index = element.find("index");
    const auto at =
        static_cast<size_t>(index ? index->integer().value_or(-1) : static_cast<int64_t>(i));
    const json::Value* values = element.find("embedding");
    if (at >= embeddings.vectors.size() || !values || !values->is_array()) {
      return malformed("It holds an embedding without a number or without values.");
    }
    std::vector<float>& vector = embeddings.vectors[at];
    vector.clear();
    vector.reserve(values->children.size());
    for (const json::Value& value : values->children) {
      const auto number = value.number();
      if (!number) return malformed("It holds an embedding whose values are no numbers.");
      vector.push_back(static_cast<float>(*number));
    }
  }
  if (const json::Value* usage = body.find("usage"); usage && usage->is_object()) {
    embeddings.usage = read_chat_usage(*usage);
  }
  return embeddings;
}

Result<std::string> compose_embeddings(const Call& call, std::string_view model) {
  if (call.inputs.empty()) {
    return fail(Code::InvalidArgument, "The target of this endpoint embeds one text per content.",
                "Send each content with one part that is a text.", "content");
  }
  std::string out;
  json::Writer json(out);
  json.object().key("model").string(model).key("encoding_format").string("float");
  if (call.dimensions) json.key("dimensions").integer(*call.dimensions);
  json.key("input").array();
  for (const std::string& input : call.inputs) json.string(input);
  json.end_array().end_object();
  return out;
}

}  // namespace tandem::gateway::openai
