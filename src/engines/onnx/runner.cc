#include "engines/onnx/runner.h"

#include "base/context.h"
#include "engines/errors.h"
#include "engines/onnx/inline_policy.h"

namespace tandem::engines::onnx {
namespace {

// Owns what an abandoned run still touches, the session included.
class RunJob final : public Job {
 public:
  RunJob(std::shared_ptr<const Session> session, std::vector<Tensor> tensors,
         std::vector<std::string> wanted, std::unique_ptr<RunControl> control)
      : session_(std::move(session)),
        tensors_(std::move(tensors)),
        wanted_(std::move(wanted)),
        control_(std::move(control)) {}

  void run() override { result = session_->run(tensors_, wanted_, control_.get()); }
  void stop() override { control_->stop(); }

  Result<RunResult> result = RunResult{};

 private:
  std::shared_ptr<const Session> session_;
  std::vector<Tensor> tensors_;
  std::vector<std::string> wanted_;
  std::unique_ptr<RunControl> control_;
};

size_t total_bytes(const std::vector<Tensor>& tensors) {
  size_t total = 0;
  for (const Tensor& tensor : tensors) total += tensor.size_bytes();
  return total;
}

}  // namespace

struct Runner::State {
  State(std::unique_ptr<Session> the_session, const RunnerOptions& options)
      : session(std::move(the_session)),
        policy(std::make_shared<InlinePolicy>(
            session->intra_op_threads() == 1 ? options.inline_below_us * 1000 : 0)),
        threads(session->name(), options.threads, options.max_queued) {}

  std::shared_ptr<const Session> session;
  std::shared_ptr<InlinePolicy> policy;
  ModelThreads threads;
};

Runner::Runner(std::unique_ptr<Session> session, RunnerOptions options)
    : state_(std::make_unique<State>(std::move(session), options)) {}
Runner::~Runner() = default;

const Session& Runner::session() const {
  return *state_->session;
}
ModelThreads& Runner::threads() {
  return state_->threads;
}

Task<Result<RunResult>> Runner::run(RequestContext& context, const std::vector<Tensor>& tensors,
                                    std::vector<std::string> wanted) {
  const size_t bytes = total_bytes(tensors);
  const auto policy = state_->policy;  // `this` may be gone after the wait
  if (policy->allows(bytes)) {
    const std::string& model = state_->session->name();
    if (context.cancel.fired()) co_return fail(errors::cancelled(model));
    if (context.deadline.passed(steady_now_us())) co_return fail(errors::deadline_passed(model));
    const bool sampled = policy->samples(bytes);
    auto result =
        state_->session->run(tensors, wanted, nullptr, sampled ? CpuClock::Thread : CpuClock::Wall);
    if (result) {
      if (sampled)
        policy->record(bytes, result->cpu_ns);
      else
        result->cpu_ns = policy->bill(bytes, result->wall_ns);
      context.waited_us += result->wall_ns / 1000;
    }
    co_return result;
  }
  CO_TRY(auto control, state_->session->make_control());
  auto job =
      std::make_shared<RunJob>(state_->session, tensors, std::move(wanted), std::move(control));
  CO_TRY_VOID(co_await state_->threads.run(context, job));
  if (job->result) policy->record(bytes, job->result->cpu_ns);
  co_return std::move(job->result);
}

}  // namespace tandem::engines::onnx
