#include "engines/encode_job.h"

#include <atomic>

#include "base/context.h"

namespace tandem::engines {
namespace {

// Owns all that it needs, as an abandoned job must.
class EncodeJob final : public Job {
 public:
  EncodeJob(std::shared_ptr<const Tokenizer> tokenizer, std::optional<std::string> query,
            std::vector<std::string> texts, size_t max_tokens)
      : tokenizer_(std::move(tokenizer)),
        query_(std::move(query)),
        texts_(std::move(texts)),
        max_tokens_(max_tokens) {}

  void run() override {
    for (const std::string& text : texts_) {
      if (stopped_.load(std::memory_order_relaxed)) return;
      encodings.push_back(query_ ? tokenizer_->encode_pair(*query_, text, max_tokens_)
                                 : tokenizer_->encode(text, max_tokens_));
    }
  }
  void stop() override { stopped_.store(true, std::memory_order_relaxed); }

  // What run() will read; a query is read once a text.
  size_t bytes() const {
    size_t total = query_ ? query_->size() * texts_.size() : 0;
    for (const std::string& text : texts_) total += text.size();
    return total;
  }

  std::vector<Encoding> encodings;

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::optional<std::string> query_;
  std::vector<std::string> texts_;
  size_t max_tokens_;
  std::atomic<bool> stopped_{false};
};

}  // namespace

Task<Result<std::vector<Encoding>>> encode_texts(RequestContext& context, ModelThreads& threads,
                                                 std::shared_ptr<const Tokenizer> tokenizer,
                                                 std::optional<std::string> query,
                                                 std::vector<std::string> texts,
                                                 size_t max_tokens) {
  auto job = std::make_shared<EncodeJob>(std::move(tokenizer), std::move(query), std::move(texts),
                                         max_tokens);
  if (job->bytes() > kInlineTextBytes) {
    CO_TRY_VOID(co_await threads.run(context, job));
  } else {
    job->run();
  }
  co_return std::move(job->encodings);
}

}  // namespace tandem::engines
