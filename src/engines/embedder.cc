#include "engines/embedder.h"

#include <cmath>
#include <numeric>

#include "base/context.h"
#include "engines/bert_inputs.h"
#include "engines/errors.h"

namespace tandem::engines {
namespace {

// So much text is tokenized on the calling io thread (well under a millisecond); more of it hops.
constexpr size_t kInlineTextBytes = 32 * 1024;

// Texts to token ids; owns all that it needs, as an abandoned job must.
class TokenizeJob final : public Job {
 public:
  TokenizeJob(std::shared_ptr<const Tokenizer> tokenizer, std::vector<std::string> texts,
              size_t max_tokens)
      : tokenizer_(std::move(tokenizer)), texts_(std::move(texts)), max_tokens_(max_tokens) {}

  void run() override {
    for (const std::string& text : texts_) {
      if (stopped_.load(std::memory_order_relaxed)) return;
      encodings.push_back(tokenizer_->encode(text, max_tokens_));
    }
  }
  void stop() override { stopped_.store(true, std::memory_order_relaxed); }

  std::vector<Encoding> encodings;

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<std::string> texts_;
  size_t max_tokens_;
  std::atomic<bool> stopped_{false};
};

size_t bytes_of(const std::vector<std::string>& texts) {
  size_t total = 0;
  for (const std::string& text : texts) total += text.size();
  return total;
}

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
    : tokenizer_(std::move(tokenizer)), max_tokens_(options.max_tokens),
      dimensions_(static_cast<size_t>(session->outputs().front().shape.back())),
      takes_types_(takes_types), runner_(std::move(session), options.runner) {}

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
  const bool much = bytes_of(texts) > kInlineTextBytes;
  auto tokenize = std::make_shared<TokenizeJob>(tokenizer_, std::move(texts), max_tokens_);
  if (much) {
    CO_TRY_VOID(co_await runner_.threads().run(context, tokenize));
  } else {
    tokenize->run();
  }
  CO_TRY_VOID(check_lengths(tokenize->encodings, max_tokens_, request.too_long));

  Embeddings out;
  out.dimensions = dimensions_;
  out.values.reserve(tokenize->encodings.size() * dimensions_);
  int64_t cpu_ns = 0;
  for (const Encoding& encoding : tokenize->encodings) {
    CO_TRY(auto result,
           co_await runner_.run(context, bert_inputs(encoding, takes_types_), {}));
    append_normalized(result.outputs.front().values<float>().first(out.dimensions), out.values);
    out.tokens.push_back(encoding.ids.size());
    cpu_ns += result.cpu_ns;
  }
  out.cpu_us = (cpu_ns + 999) / 1000;
  co_return out;
}

}  // namespace tandem::engines
