#include "engines/reranker.h"

#include <cmath>
#include <numeric>

#include "base/context.h"
#include "engines/bert_inputs.h"
#include "engines/encode_job.h"
#include "engines/errors.h"

namespace tandem::engines {

float Ranking::relevance(size_t i) const {
  return static_cast<float>(1 / (1 + std::exp(-double{logits[i]})));
}

size_t Ranking::total_tokens() const {
  return std::accumulate(tokens.begin(), tokens.end(), size_t{0});
}

Reranker::Reranker(std::shared_ptr<const Tokenizer> tokenizer,
                   std::unique_ptr<onnx::Session> session, bool takes_types,
                   const RerankerOptions& options)
    : tokenizer_(std::move(tokenizer)),
      max_tokens_(options.max_tokens),
      takes_types_(takes_types),
      runner_(std::move(session), options.runner) {}

Result<std::unique_ptr<Reranker>> Reranker::load(onnx::Runtime& runtime, const std::string& folder,
                                                 RerankerOptions options) {
  TRY(auto tokenizer, load_tokenizer(folder));
  TRY(auto session, onnx::Session::load_file(runtime, folder + "/model.onnx",
                                             {.name = options.name,
                                              .intra_op_threads = options.intra_op_threads,
                                              .arena = options.arena}));
  TRY(const bool takes_types, check_bert_model(*session, 2));
  return std::unique_ptr<Reranker>(
      new Reranker(std::move(tokenizer), std::move(session), takes_types, options));
}

Task<Result<Ranking>> Reranker::rerank(RequestContext& context, std::string query,
                                       std::vector<std::string> documents) {
  if (query.empty()) co_return fail(errors::empty_query());
  CO_TRY(const auto encodings,
         co_await encode_texts(context, runner_.threads(), tokenizer_, std::move(query),
                               std::move(documents), max_tokens_));
  Ranking out;
  int64_t cpu_ns = 0;
  for (const Encoding& encoding : encodings) {
    CO_TRY(auto result, co_await runner_.run(context, bert_inputs(encoding, takes_types_), {}));
    // Models with several labels have the relevant one last.
    out.logits.push_back(result.outputs.front().values<float>().back());
    out.tokens.push_back(encoding.ids.size());
    cpu_ns += result.cpu_ns;
  }
  out.cpu_us = (cpu_ns + 999) / 1000;
  co_return out;
}

}  // namespace tandem::engines
