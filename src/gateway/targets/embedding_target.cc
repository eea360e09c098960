#include "gateway/targets/embedding_target.h"

namespace tandem::gateway {

EmbeddingTarget::EmbeddingTarget(std::string provider, std::string model, std::string folder,
                                 engines::EmbedderOptions options, engines::onnx::Runtime& runtime,
                                 Pool& loaders)
    : Target(std::move(provider), std::move(model)),
      folder_(std::move(folder)),
      options_(std::move(options)),
      runtime_(runtime),
      loaders_(loaders) {}

EmbeddingTarget::~EmbeddingTarget() = default;

Result<void> EmbeddingTarget::load() {
  std::lock_guard lock(loading_);
  if (embedder_) return {};
  TRY(embedder_, engines::Embedder::load(runtime_, folder_, options_));
  ready_.store(embedder_.get(), std::memory_order_release);
  return {};
}

int64_t EmbeddingTarget::count_input_tokens(const Call& call) const {
  const engines::Embedder* embedder = ready_.load(std::memory_order_acquire);
  if (!embedder) return Target::count_input_tokens(call);
  size_t tokens = 0;
  for (const std::string& text : call.inputs) tokens += embedder->count_tokens(text);
  return static_cast<int64_t>(tokens);
}

Task<Result<void>> EmbeddingTarget::prepare(AttemptContext& attempt) {
  if (ready_.load(std::memory_order_acquire)) co_return Result<void>{};
  auto job = [this] { return load(); };
  const SteadyUs begun_us = steady_now_us();
  auto loaded = co_await loaders_.run(job);
  // The model is what the call waits for, not Tandem.
  attempt.context.waited_us += steady_now_us() - begun_us;
  co_return loaded;
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
  engines::Embedder& embedder = *ready_.load(std::memory_order_acquire);
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
