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
      max_tokens_(options.max_tokens),
      model_(loaders, [folder = std::move(folder), options = std::move(options), &runtime] {
        return engines::Reranker::load(runtime, folder, options);
      }) {}

// Every document is read together with the query, up to what the model takes.
int64_t RerankTarget::count_input_tokens(const Call& call) const {
  const engines::Reranker* reranker = model_.ready();
  if (!reranker || call.inputs.empty()) return Target::count_input_tokens(call);
  const auto query = static_cast<int64_t>(reranker->count_tokens(call.inputs[0]));
  int64_t tokens = 0;
  for (size_t i = 1; i < call.inputs.size(); ++i) {
    const auto document = static_cast<int64_t>(reranker->count_tokens(call.inputs[i]));
    tokens +=
        std::min<int64_t>(query + document + kSpecialTokens, static_cast<int64_t>(max_tokens_));
  }
  return tokens;
}

Task<Result<engines::Ranking>> RerankTarget::rank(const Call& call, AttemptContext& attempt) {
  CO_TRY_VOID(co_await prepare(attempt));
  for (size_t i = 1; i < call.inputs.size(); ++i) {
    if (!call.inputs[i].empty()) continue;
    co_return fail(Code::InvalidArgument,
                   "documents[" + std::to_string(i - 1) + "] has no text for " + label() + ".",
                   "Send texts, or objects whose field text is one.", "documents");
  }
  engines::Reranker& reranker = *model_.ready();
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
