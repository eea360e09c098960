// Target: something that answers calls: a provider's model over HTTP, a supervised llama-server, an
// embedding model or a predictive model inside the process. One object serves all io threads.
// To add a provider over HTTP: providers/provider_api.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async/io_threads.h"
#include "base/async/task.h"
#include "base/context.h"
#include "cost/call.h"
#include "cost/usage.h"
#include "engines/predictor.h"
#include "gateway/call.h"
#include "gateway/config.h"
#include "gateway/failure.h"
#include "gateway/health/target_health.h"
#include "gateway/providers/key_ring.h"

namespace tandem::net {
class Client;
}
namespace tandem::gateway::messages {
class Dialect;
}

namespace tandem::gateway {

// What an attempt may use. Lives as long as the attempt.
struct AttemptContext {
  RequestContext& context;
  IoThread& thread;
  net::Client& client;
  const EndpointConfig& endpoint;
  Deadline deadline;     // of the whole call
  CancelSource* cancel;  // stops the attempt; null: it runs to its end (on_client_abort: drain)
  const messages::Dialect* client_dialect = nullptr;  // of the call's body, where it has one
  // Where the target names fields that it cannot say, before its answer; null: nobody wants to
  // know.
  std::vector<std::string>* dropped = nullptr;
  // The text of an answer that another target began and that this one goes on with; empty: none.
  std::string_view said = {};
  bool sent = false;             // set by the target once the model may have seen the request
  int64_t estimated_tokens = 0;  // of the whole attempt, for the limits of a provider's key
};

// A key of the provider that was passed over, because it was refused or asked too often.
struct RestingKey {
  std::string_view name;  // lives as long as the target
  int status = 0;
};

// Where a streaming target puts its events ("data" payloads, [DONE] included). An error means stop:
// Cancelled (client gone), GuardBlocked, or UpstreamError (the event is malformed or an error).
class StreamSink {
 public:
  // Takes one event. What it becomes for the client leaves with flush().
  virtual Result<void> event(std::string_view data) = 0;
  // Sends what was taken; waits while the client is slow. To be called before waiting for more
  // events: those that came together leave together.
  virtual Task<Result<void>> flush() = 0;
  // Whether the events so far are a whole answer: nothing needs to follow.
  virtual bool done() const = 0;

 protected:
  ~StreamSink() = default;
};

// What a cross-encoder inside the process made of the documents of a rerank.
struct LocalRanking {
  std::vector<double> relevance;  // from 0 to 1, one a document
  int64_t tokens = 0;             // that the model read
};

struct AttemptResult {
  FailureKind failure = FailureKind::None;
  Error error;                              // where failure != None
  std::optional<int64_t> retry_after_ms;    // what a 429 asked for
  std::string body;                         // whole answers, in the target's dialect
  bool streamed = false;                    // events went to the sink, up to a clean end
  std::vector<std::vector<float>> vectors;  // in-process embeddings
  std::vector<engines::Tensor> tensors;     // in-process predictions
  std::optional<LocalRanking> ranking;      // in-process reranks
  std::string content_type;                 // of `body`, as the provider said; empty: JSON
  std::optional<cost::Usage> usage;         // in-process engines count themselves
  cost::Resources resources;
  std::string_view key_name;  // which of the provider's keys it was; empty: there is only one
  std::optional<KeyUse> key_use;
  std::vector<RestingKey> resting_keys;
};

class Target {
 public:
  Target(std::string provider, std::string model)
      : provider_(std::move(provider)),
        model_(std::move(model)),
        label_(provider_ + "/" + model_) {}
  virtual ~Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  const std::string& provider() const { return provider_; }
  const std::string& model() const { return model_; }
  const std::string& label() const { return label_; }  // "provider/model"
  TargetHealth& health() const { return health_; }

  virtual bool accepts(CallKind kind) const = 0;
  // What it is asked and answers in when the client speaks `asked`; null for what is no chat over
  // HTTP.
  virtual const messages::Dialect* dialect(const messages::Dialect* /*asked*/) const {
    return nullptr;
  }
  // Whose hardware runs it: decides how energy is reckoned and whether a missing price is a gap.
  virtual cost::Placement placement() const { return cost::Placement::Remote; }
  // Input tokens of `call`: exact where the tokenizer is here, else an estimate (token_estimate.h).
  virtual int64_t count_input_tokens(const Call& call) const;
  // The same as the engine itself counts them, where it must be asked (a child process); nullopt
  // where nobody can be asked or no answer came.
  virtual Task<std::optional<int64_t>> ask_input_tokens(const Call& call, AttemptContext& attempt);
  // What the Open Inference Protocol says of a predictive model; null for other targets.
  virtual const engines::ModelMetadata* model_metadata() const { return nullptr; }
  // Makes the target ready to serve (loads, starts); for readiness and warm-up.
  virtual Task<Result<void>> prepare(AttemptContext& attempt);
  virtual Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt,
                                      StreamSink& sink) = 0;
  // What a call that was made with `use` really took, when it is settled; 0: nothing was billed.
  virtual void correct(KeyUse& /*use*/, int64_t /*tokens*/) const {}

 private:
  std::string provider_, model_, label_;
  mutable TargetHealth health_;
};

}  // namespace tandem::gateway
