// Text embeddings from a BERT-like ONNX model in process: the hidden state of [CLS], scaled to
// length 1. Each text is a run of its own, never batched: with int8 models a vector would otherwise
// depend on its batch mates, and equal texts would have unequal vectors. One per model; lifetime
// and threads as of Predictor.
//   TRY(auto embedder, Embedder::load(runtime, cache + "/models/bge-small-en-v1.5-int8", {}));
//   CO_TRY(auto out, co_await embedder->embed(context, std::move(texts), {}));
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "engines/onnx/runner.h"
#include "engines/wordpiece.h"

namespace tandem {
struct RequestContext;
}

namespace tandem::engines {

struct EmbedderOptions {
  std::string name = "embedder";
  onnx::RunnerOptions runner;
  int intra_op_threads = 1;
  size_t max_tokens = 512;  // what the model was trained for, [CLS] and [SEP] included
  // Long texts need tens of MB that short ones do not: give them back.
  onnx::Arena arena = onnx::Arena::Shrink;
};

// What happens to a text of more than max_tokens. OpenAI refuses it, and so do we unless asked.
enum class TooLong : uint8_t { Refuse, Truncate };

struct EmbedRequest {
  std::optional<int64_t> dimensions;  // refused unless it is the model's own number
  TooLong too_long = TooLong::Refuse;
};

struct Embeddings {
  size_t dimensions = 0;
  std::vector<float> values;   // one vector after the other
  std::vector<size_t> tokens;  // per text, as the model read it: with [CLS] and [SEP]
  int64_t cpu_us = 0;

  std::span<const float> vector(size_t i) const {
    return std::span(values).subspan(i * dimensions, dimensions);
  }
  size_t total_tokens() const;
};

class Embedder {
 public:
  // `folder` holds model.onnx and tokenizer.json or vocab.txt. Blocking; on a pool thread.
  static Result<std::unique_ptr<Embedder>> load(onnx::Runtime& runtime, const std::string& folder,
                                                EmbedderOptions options);

  size_t dimensions() const { return dimensions_; }
  size_t max_tokens() const { return max_tokens_; }
  // For estimates: tokens of `text` as usage counts them. Linear in its length.
  size_t count_tokens(std::string_view text) const { return tokenizer_->count(text) + 2; }

  // InvalidArgument for an empty text, ContextLengthExceeded for one that is too long (naming it
  // and its tokens); nothing is computed then. Errors of ModelThreads::run too.
  Task<Result<Embeddings>> embed(RequestContext& context, std::vector<std::string> texts,
                                 EmbedRequest request);

 private:
  Embedder(std::shared_ptr<const Tokenizer> tokenizer, std::unique_ptr<onnx::Session> session,
           bool takes_types, const EmbedderOptions& options);

  std::shared_ptr<const Tokenizer> tokenizer_;
  size_t max_tokens_;
  size_t dimensions_;
  bool takes_types_;  // some models have no token_type_ids
  onnx::Runner runner_;
};

}  // namespace tandem::engines
