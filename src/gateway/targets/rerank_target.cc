#include "gateway/targets/rerank_target.h"

#include "gateway/openai/rerank_answer.h"

namespace tandem::gateway {
namespace {

constexpr int64_t kSpecialTokens = 3;  // [CLS], and [SEP] behind each text

}  // namespace

RerankTarget::RerankTarget(std::string provider, std::string model, std::string folder,
                           engines::RerankerOptions options, engines::onnx::Runtime& runtime,
                           Pool& loaders)
    : Target(std::move(provider), std::move(model)),
      folder_(std::move(folder)),
      options_(std::move(options)),
      runtime_(runtime),
      loaders_(loaders) {}

RerankTarget::~RerankTarget() = default;

Result<void> RerankTarget::load() {
  const std::lock_guard lock(loading_);
  if (reranker_) return {};
  TRY(reranker_, engines::Reranker::load(runtime_, folder_, options_));
  ready_.store(reranker_.get(), std::memory_order_release);
  return {};
}

// Every document is read together with the query, up to what the model takes.
int64_t RerankTarget::count_input_tokens(const Call& call) const {
  const engines::Reranker* reranker = ready_.load(std::memory_order_acquire);
  if (!reranker || call.inputs.empty()) return Target::count_input_tokens(call);
  const auto query = static_cast<int64_t>(reranker->count_tokens(call.inputs[0]));
  int64_t tokens = 0;
  for (size_t i = 1; i < call.inputs.size(); ++i) {
    const auto document = static_cast<int64_t>(reranker->count_tokens(call.inputs[i]));
    tokens += std::min<int64_t>(query + document + kSpecialTokens,
                                static_cast<int64_t>(options_.max_tokens));
  }
  return tokens;
}

Task<Result<void>> RerankTarget::prepare(AttemptContext& attempt) {
  if (ready_.load(std::memory_order_acquire)) co_return Result<void>{};
  auto job = [this] { return load(); };
  const SteadyUs begun_us = steady_now_us();
  auto loaded = co_await loaders_.run(job);
  // The model is what the call waits for, not Tandem.
  attempt.context.waited_us += steady_now_us() - begun_us;
  co_return loaded;
}

Task<Result<engines::Ranking>> RerankTarget::rank(const Call& call, AttemptContext& attempt) {
  CO_TRY_VOID(co_await prepare(attempt));
  for (size_t i = 1; i < call.inputs.size(); ++i) {
    if (!call.inputs[i].empty()) continue;
    co_return fail(Code::InvalidArgument,
                   "documents[" + std::to_string(i - 1) + "] has no text for " + label() + ".",
                   "Send texts, or objects whose field text is one.", "documents");
  }
  engines::Reranker& reranker = *ready_.load(std::memory_order_acquire);
  std::vector<std::string> documents(call.inputs.begin() + 1, call.inputs.end());
  co_return co_await reranker.rerank(attempt.context, call.inputs[0], std::move(documents));
}

Task<AttemptResult> RerankTarget::attempt(const Call& call, AttemptContext& attempt, StreamSink&) {
  AttemptResult result;
  auto ranking = co_await rank(call, attempt);
  if (!ranking) {
    result.error = std::move(ranking).error();
    result.failure = classify(result.error);
    co_return result;
  }
  LocalRanking& made = result.ranking.emplace();
  for (size_t i = 0; i < ranking->logits.size(); ++i) {
    made.relevance.push_back(ranking->relevance(i));
  }
  made.tokens = static_cast<int64_t>(ranking->total_tokens());
  result.resources.cpu_us = ranking->cpu_us;
  result.usage.emplace();
  result.usage->input_tokens = made.tokens;
  result.usage->rows = openai::billed_units(call);
  result.usage->reported = true;
  co_return result;
}

}  // namespace tandem::gateway
