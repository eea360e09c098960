// Scores how well documents answer a query, with a BERT-like cross-encoder in process. Each pair is
// a run of its own, so that a score does not depend on the other documents. Lifetime and threads as
// of Predictor.
//   CO_TRY(auto ranking, co_await reranker->rerank(context, query, std::move(documents)));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "engines/onnx/runner.h"
#include "engines/wordpiece.h"

namespace tandem {
struct RequestContext;
}

namespace tandem::engines {

struct RerankerOptions {
  std::string name = "reranker";
  onnx::RunnerOptions runner;
  int intra_op_threads = 1;
  size_t max_tokens = 512;  // of query and document together; the longer one is cut
  onnx::Arena arena = onnx::Arena::Shrink;
};

struct Ranking {
  std::vector<float> logits;   // one a document, in the order given; higher is better
  std::vector<size_t> tokens;  // as the model read each pair
  int64_t cpu_us = 0;

  // Logit i as a probability (the sigmoid), which is what rerank APIs show.
  float relevance(size_t i) const;
  size_t total_tokens() const;
};

class Reranker {
 public:
  // `folder` holds model.onnx and tokenizer.json or vocab.txt. Blocking; on a pool thread.
  static Result<std::unique_ptr<Reranker>> load(onnx::Runtime& runtime, const std::string& folder,
                                                RerankerOptions options);

  size_t count_tokens(std::string_view text) const { return tokenizer_->count(text); }

  // InvalidArgument for an empty query; errors of ModelThreads::run.
  Task<Result<Ranking>> rerank(RequestContext& context, std::string query,
                               std::vector<std::string> documents);

 private:
  Reranker(std::shared_ptr<const Tokenizer> tokenizer, std::unique_ptr<onnx::Session> session,
           bool takes_types, const RerankerOptions& options);

  std::shared_ptr<const Tokenizer> tokenizer_;
  size_t max_tokens_;
  bool takes_types_;
  onnx::Runner runner_;
};

}  // namespace tandem::engines
