#include "engines/embedder.h"

#include <cmath>
#include <numeric>

#include "base/context.h"
#include "engines/bert_inputs.h"
#include "engines/encode_job.h"
#include "engines/errors.h"

namespace tandem::engines {
namespace {

Result<void> check_lengths(const std::vector<Encoding>& encodings, size_t max_tokens,
                           TooLong policy) {
  for (size_t i = 0; i < encodings.size(); ++i) {
    if (policy == TooLong::Refuse && encodings[i].truncated()) {
      return fail(errors::input_too_long(i, encodings[i].tokens, max_tokens));
    }
  }
  return {};
}

void append_normalized(std::span<const float> first_token, std::vector<float>& out) {
  double sum = 0;
  for (const float x : first_token) sum += double{x} * x;
  const double scale = sum > 0 ? 1 / std::sqrt(sum) : 0;
  for (const float x : first_token) out.push_back(static_cast<float>(x * scale));
}

}  // namespace

size_t Embeddings::total_tokens() const {
  return std::accumulate(tokens.begin(), tokens.end(), size_t{0});
}

Embedder::Embedder(std::shared_ptr<const Tokenizer> tokenizer,
                   std::unique_ptr<onnx::Session> session, bool takes_types,
                   const EmbedderOptions& options)
    : tokenizer_(std::move(tokenizer)),
      max_tokens_(options.max_tokens),
      dimensions_(static_cast<size_t>(session->outputs().front().shape.back())),
      takes_types_(takes_types),
      runner_(std::move(session), options.runner) {}

Result<std::unique_ptr<Embedder>> Embedder::load(onnx::Runtime& runtime, const std::string& folder,
                                                 EmbedderOptions options) {
  TRY(auto tokenizer, load_tokenizer(folder));
  TRY(auto session, onnx::Session::load_file(runtime, folder + "/model.onnx",
                                             {.name = options.name,
                                              .intra_op_threads = options.intra_op_threads,
                                              .arena = options.arena}));
  TRY(const bool takes_types, check_bert_model(*session, 3));
  return std::unique_ptr<Embedder>(
      new Embedder(std::move(tokenizer), std::move(session), takes_types, options));
}

Task<Result<Embeddings>> Embedder::embed(RequestContext& context, std::vector<std::string> texts,
                                         EmbedRequest request) {
  if (request.dimensions && *request.dimensions != static_cast<int64_t>(dimensions_)) {
    co_return fail(
        errors::wrong_dimensions(*request.dimensions, static_cast<int64_t>(dimensions_)));
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) co_return fail(errors::empty_text(i));
  }
  CO_TRY(const auto encodings, co_await encode_texts(context, runner_.threads(), tokenizer_, {},
                                                     std::move(texts), max_tokens_));
  CO_TRY_VOID(check_lengths(encodings, max_tokens_, request.too_long));

  Embeddings out;
  out.dimensions = dimensions_;
  out.values.reserve(encodings.size() * dimensions_);
  int64_t cpu_ns = 0;
  for (const Encoding& encoding : encodings) {
    CO_TRY(auto result, co_await runner_.run(context, bert_inputs(encoding, takes_types_), {}));
    append_normalized(result.outputs.front().values<float>().first(out.dimensions), out.values);
    out.tokens.push_back(encoding.ids.size());
    cpu_ns += result.cpu_ns;
  }
  out.cpu_us = (cpu_ns + 999) / 1000;
  co_return out;
}

}  // namespace tandem::engines
