#include "gateway/targets/embedding_target.h"

namespace tandem::gateway {

EmbeddingTarget::EmbeddingTarget(std::string provider, std::string model, std::string folder,
                                 engines::EmbedderOptions options, engines::onnx::Runtime& runtime,
                                 Pool& loaders)
    : Target(std::move(provider), std::move(model)),
      model_(loaders, [folder = std::move(folder), options = std::move(options), &runtime] {
        return engines::Embedder::load(runtime, folder, options);
      }) {}

int64_t EmbeddingTarget::count_input_tokens(const Call& call) const {
  const engines::Embedder* embedder = model_.ready();
  if (!embedder) return Target::count_input_tokens(call);
  size_t tokens = 0;
  for (const std::string& text : call.inputs) tokens += embedder->count_tokens(text);
  return static_cast<int64_t>(tokens);
}

Task<AttemptResult> EmbeddingTarget::attempt(const Call& call, AttemptContext& attempt,
                                             StreamSink&) {
  AttemptResult result;
  auto prepared = co_await prepare(attempt);
  if (prepared && call.inputs.empty()) {
    prepared = fail(Code::InvalidArgument, "The model " + label() + " embeds texts, not token ids.",
                    "Send input as a text or a list of texts.", "input");
  }
  if (!prepared) {
    result.error = std::move(prepared).error();
    result.failure = classify(result.error);
    co_return result;
  }
  engines::Embedder& embedder = *model_.ready();
  engines::EmbedRequest request;
  request.dimensions = call.dimensions;
  std::vector<std::string> texts = call.inputs;
  auto embeddings = co_await embedder.embed(attempt.context, std::move(texts), request);
  if (!embeddings) {
    result.error = std::move(embeddings).error();
    result.failure = classify(result.error);
    co_return result;
  }
  for (size_t i = 0; i < embeddings->tokens.size(); ++i) {
    const auto vector = embeddings->vector(i);
    result.vectors.emplace_back(vector.begin(), vector.end());
  }
  result.resources.cpu_us = embeddings->cpu_us;
  result.usage.emplace();
  result.usage->input_tokens = static_cast<int64_t>(embeddings->total_tokens());
  result.usage->reported = true;
  co_return result;
}

}  // namespace tandem::gateway
