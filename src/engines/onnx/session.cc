#include "engines/onnx/session.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "base/log.h"
#include "engines/errors.h"
#include "engines/onnx/api_internal.h"
#include "engines/onnx/intra_op_threads_internal.h"
#include "engines/onnx/values_internal.h"

namespace tandem::engines::onnx {
namespace {

constexpr size_t kWarmUpElements = size_t{1} << 20;

int64_t clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

struct RunControl::State {
  std::shared_ptr<const Library> library;
  Handle<OrtRunOptions> options;
  std::atomic<bool> stopped{false};
};

RunControl::RunControl() = default;
RunControl::~RunControl() = default;

void RunControl::stop() {
  state_->stopped.store(true, std::memory_order_relaxed);
  take_problem(*state_->library->api,
               state_->library->api->RunOptionsSetTerminate(state_->options.get()));
}

bool RunControl::stopped() const {
  return state_->stopped.load(std::memory_order_relaxed);
}

struct Session::State {
  std::shared_ptr<const Library> library;
  SessionOptions options;
  IntraOpThreads threads;  // outlives `session`, whose destructor joins them
  Handle<OrtSession> session{nullptr, nullptr};
  Handle<OrtMemoryInfo> memory{nullptr, nullptr};
  // Shared by runs without a control; null where the defaults do.
  Handle<OrtRunOptions> run_options{nullptr, nullptr};
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::vector<const char*> input_names;  // into `inputs`
  std::vector<const char*> output_names;

  const OrtApi& api() const { return *library->api; }
  Error invalid(const Problem& problem) const {
    return errors::model_invalid(options.name, problem.message);
  }
  Result<Handle<OrtSessionOptions>> session_options();
  Result<Handle<OrtRunOptions>> make_run_options() const;
  Result<void> open(const std::string* path, std::span<const uint8_t> model);
  Result<void> read_infos(bool of_inputs);
  Error run_error(const Problem& problem) const;
};

Result<Handle<OrtSessionOptions>> Session::State::session_options() {
  const auto invalid_model = [this](const Problem& problem) { return invalid(problem); };
  OrtSessionOptions* raw = nullptr;
  ORT_TRY(api(), api().CreateSessionOptions(&raw), invalid_model);
  Handle<OrtSessionOptions> out(raw, api().ReleaseSessionOptions);
  ORT_TRY(api(), api().SetIntraOpNumThreads(raw, options.intra_op_threads), invalid_model);
  ORT_TRY(api(), api().SetInterOpNumThreads(raw, 1), invalid_model);
  // Waiting threads sleep: spinning would burn CPU that the calls are billed for.
  ORT_TRY(api(), api().AddSessionConfigEntry(raw, "session.intra_op.allow_spinning", "0"),
          invalid_model);
  ORT_TRY(api(), api().AddSessionConfigEntry(raw, "session.use_env_allocators", "1"),
          invalid_model);
  // Weights live outside the arena, so that its bound is one of working memory.
  ORT_TRY(api(),
          api().AddSessionConfigEntry(raw, "session.use_device_allocator_for_initializers", "1"),
          invalid_model);
  if (options.arena == Arena::Off) {
    ORT_TRY(api(), api().DisableCpuMemArena(raw), invalid_model);
    ORT_TRY(api(), api().DisableMemPattern(raw), invalid_model);
    ORT_TRY(api(), api().AddSessionConfigEntry(raw, "session.use_env_allocators", "0"),
            invalid_model);
  }
  if (options.intra_op_threads > 1) {
    ORT_TRY(api(), api().SessionOptionsSetCustomThreadCreationOptions(raw, &threads),
            invalid_model);
    ORT_TRY(api(), api().SessionOptionsSetCustomCreateThreadFn(raw, &IntraOpThreads::create),
            invalid_model);
    ORT_TRY(api(), api().SessionOptionsSetCustomJoinThreadFn(raw, &IntraOpThreads::join),
            invalid_model);
  }
  return out;
}

Result<Handle<OrtRunOptions>> Session::State::make_run_options() const {
  const auto failing = [this](const Problem& problem) { return run_error(problem); };
  OrtRunOptions* raw = nullptr;
  ORT_TRY(api(), api().CreateRunOptions(&raw), failing);
  Handle<OrtRunOptions> out(raw, api().ReleaseRunOptions);
  if (options.arena == Arena::Shrink) {
    ORT_TRY(api(), api().AddRunConfigEntry(raw, "memory.enable_memory_arena_shrinkage", "cpu:0"),
            failing);
  }
  return out;
}

Error Session::State::run_error(const Problem& problem) const {
  // ORT has no code of its own for these two.
  if (problem.message.find("smaller than requested bytes") != std::string::npos ||
      problem.message.find("Failed to allocate memory") != std::string::npos) {
    return errors::out_of_arena(options.name);
  }
  if (problem.code == ORT_INVALID_ARGUMENT) {
    return errors::run_refused(options.name, problem.message);
  }
  return errors::run_failed(options.name, problem.message);
}

Result<void> Session::State::open(const std::string* path, std::span<const uint8_t> model) {
  const auto invalid_model = [this](const Problem& problem) { return invalid(problem); };
  TRY(const auto session_options, this->session_options());
  OrtSession* raw = nullptr;
  OrtStatus* status =
      path ? api().CreateSession(library->env, path->c_str(), session_options.get(), &raw)
           : api().CreateSessionFromArray(library->env, model.data(), model.size(),
                                          session_options.get(), &raw);
  ORT_TRY(api(), status, invalid_model);
  session = Handle<OrtSession>(raw, api().ReleaseSession);
  OrtMemoryInfo* info = nullptr;
  ORT_TRY(api(), api().CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &info),
          invalid_model);
  memory = Handle<OrtMemoryInfo>(info, api().ReleaseMemoryInfo);
  if (options.arena == Arena::Shrink) {
    TRY(run_options, make_run_options());
  }
  TRY_VOID(read_infos(true));
  TRY_VOID(read_infos(false));
  for (const TensorInfo& input : inputs) input_names.push_back(input.name.c_str());
  for (const TensorInfo& output : outputs) output_names.push_back(output.name.c_str());
  return {};
}

Result<void> Session::State::read_infos(bool of_inputs) {
  const auto invalid_model = [this](const Problem& problem) { return invalid(problem); };
  size_t count = 0;
  ORT_TRY(api(),
          of_inputs ? api().SessionGetInputCount(session.get(), &count)
                    : api().SessionGetOutputCount(session.get(), &count),
          invalid_model);
  for (size_t i = 0; i < count; ++i) {
    OrtTypeInfo* raw = nullptr;
    char* raw_name = nullptr;
    ORT_TRY(api(),
            of_inputs ? api().SessionGetInputTypeInfo(session.get(), i, &raw)
                      : api().SessionGetOutputTypeInfo(session.get(), i, &raw),
            invalid_model);
    const Handle<OrtTypeInfo> type(raw, api().ReleaseTypeInfo);
    ORT_TRY(api(),
            of_inputs ? api().SessionGetInputName(session.get(), i, library->allocator, &raw_name)
                      : api().SessionGetOutputName(session.get(), i, library->allocator, &raw_name),
            invalid_model);
    const std::string name = raw_name;
    take_problem(api(), api().AllocatorFree(library->allocator, raw_name));
    std::string what;
    auto info = to_info(api(), raw, what);
    if (info) {
      info->name = name;
      (of_inputs ? inputs : outputs).push_back(std::move(*info));
    } else if (of_inputs) {
      return fail(errors::unsupported_value(options.name, name, what));
    } else {
      log::warn("engines", "output \"{}\" of model \"{}\" is {} and is not served", name,
                options.name, what);
    }
  }
  if (!of_inputs && outputs.empty()) {
    return fail(errors::model_invalid(options.name, "it has no output that can be served"));
  }
  return {};
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(Runtime& runtime, const std::string* path,
                                                 std::span<const uint8_t> model,
                                                 SessionOptions options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  TRY(state->library, runtime.library());
  TRY_VOID(state->open(path, model));
  std::unique_ptr<Session> session(new Session(std::move(state)));
  if (session->state_->options.warm_up) session->warm_up();
  return session;
}

Result<std::unique_ptr<Session>> Session::load_file(Runtime& runtime, const std::string& path,
                                                    SessionOptions options) {
  if (access(path.c_str(), R_OK) != 0) {
    return fail(errors::model_file_unreadable(path, std::strerror(errno)));
  }
  return create(runtime, &path, {}, std::move(options));
}

Result<std::unique_ptr<Session>> Session::load_bytes(Runtime& runtime,
                                                     std::span<const uint8_t> model,
                                                     SessionOptions options) {
  return create(runtime, nullptr, model, std::move(options));
}

const std::string& Session::name() const {
  return state_->options.name;
}
std::span<const TensorInfo> Session::inputs() const {
  return state_->inputs;
}
std::span<const TensorInfo> Session::outputs() const {
  return state_->outputs;
}
int Session::intra_op_threads() const {
  return state_->options.intra_op_threads;
}

Result<std::unique_ptr<RunControl>> Session::make_control() const {
  std::unique_ptr<RunControl> control(new RunControl());
  TRY(auto options, state_->make_run_options());
  control->state_.reset(new RunControl::State{state_->library, std::move(options), {}});
  return control;
}

// One run: its checked inputs and chosen outputs, as ORT wants them.
struct Session::Call {
  const State& state;
  std::vector<Handle<OrtValue>> values;
  std::vector<const OrtValue*> inputs;
  std::vector<size_t> chosen;  // of state.outputs; empty: all
  std::vector<const char*> chosen_names;
  std::vector<OrtValue*> outputs;

  explicit Call(const State& session_state) : state(session_state) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    for (OrtValue* value : outputs) {
      if (value) state.api().ReleaseValue(value);
    }
  }
  Result<void> bind(std::span<const Tensor> tensors);
  Result<void> choose(std::span<const std::string> wanted);
  const char* const* output_names() const {
    return chosen.empty() ? state.output_names.data() : chosen_names.data();
  }
  const TensorInfo& output(size_t i) const { return state.outputs[chosen.empty() ? i : chosen[i]]; }
};

Result<void> Session::Call::bind(std::span<const Tensor> tensors) {
  const std::string& model = state.options.name;
  values.reserve(state.inputs.size());
  inputs.reserve(state.inputs.size());
  for (const TensorInfo& info : state.inputs) {
    const auto is_it = [&](const Tensor& tensor) { return tensor.name == info.name; };
    const auto found = std::find_if(tensors.begin(), tensors.end(), is_it);
    if (found == tensors.end()) continue;
    if (std::find_if(found + 1, tensors.end(), is_it) != tensors.end()) {
      return fail(errors::duplicate_input(info.name));
    }
    TRY_VOID(check_against(*found, info));
    TRY(auto value, to_value(*state.library, state.memory.get(), model, *found));
    inputs.push_back(value.get());
    values.push_back(std::move(value));
  }
  if (inputs.size() == state.inputs.size() && tensors.size() == inputs.size()) return {};
  // A name that the model does not know says more than the one that is then missing.
  for (const Tensor& tensor : tensors) {
    const auto is_it = [&](const TensorInfo& info) { return info.name == tensor.name; };
    if (std::none_of(state.inputs.begin(), state.inputs.end(), is_it)) {
      return fail(errors::unknown_input(model, tensor.name, state.inputs));
    }
  }
  for (const TensorInfo& info : state.inputs) {
    const auto is_it = [&](const Tensor& tensor) { return tensor.name == info.name; };
    if (std::none_of(tensors.begin(), tensors.end(), is_it)) {
      return fail(errors::missing_input(model, info.name));
    }
  }
  return {};
}

Result<void> Session::Call::choose(std::span<const std::string> wanted) {
  for (const std::string& name : wanted) {
    const auto is_it = [&](const TensorInfo& info) { return info.name == name; };
    const auto found = std::find_if(state.outputs.begin(), state.outputs.end(), is_it);
    if (found == state.outputs.end()) {
      return fail(errors::unknown_output(state.options.name, name, state.outputs));
    }
    chosen.push_back(static_cast<size_t>(found - state.outputs.begin()));
    chosen_names.push_back(found->name.c_str());
  }
  outputs.resize(chosen.empty() ? state.outputs.size() : chosen.size(), nullptr);
  return {};
}

Result<RunResult> Session::run(std::span<const Tensor> tensors, std::span<const std::string> wanted,
                               RunControl* control, CpuClock clock) const {
  const State& state = *state_;
  Call call(state);
  TRY_VOID(call.bind(tensors));
  TRY_VOID(call.choose(wanted));
  const bool threaded = state.options.intra_op_threads > 1;
  const int64_t threads_before = threaded ? state.threads.cpu_ns() : 0;
  const int64_t wall_before = clock_ns(CLOCK_MONOTONIC);
  const bool exact = clock == CpuClock::Thread;
  const int64_t cpu_before = exact ? clock_ns(CLOCK_THREAD_CPUTIME_ID) : 0;
  OrtStatus* status = state.api().Run(
      state.session.get(), control ? control->state_->options.get() : state.run_options.get(),
      state.input_names.data(), call.inputs.data(), call.inputs.size(), call.output_names(),
      call.outputs.size(), call.outputs.data());
  if (auto problem = take_problem(state.api(), status)) {
    if (control && control->stopped()) return fail(errors::cancelled(state.options.name));
    return fail(state.run_error(*problem));
  }
  RunResult result;
  result.outputs.reserve(call.outputs.size());
  for (size_t i = 0; i < call.outputs.size(); ++i) {
    TRY(Tensor output,
        from_value(*state.library, state.options.name, call.output(i), call.outputs[i]));
    result.outputs.push_back(std::move(output));
  }
  const int64_t cpu_after = exact ? clock_ns(CLOCK_THREAD_CPUTIME_ID) : 0;
  result.wall_ns = clock_ns(CLOCK_MONOTONIC) - wall_before;
  result.cpu_ns = exact ? cpu_after - cpu_before : result.wall_ns;
  if (threaded) result.cpu_ns += state.threads.cpu_ns() - threads_before;
  return result;
}

void Session::warm_up() {
  State& state = *state_;
  std::vector<Tensor> zeros;
  for (const TensorInfo& info : state.inputs) {
    Tensor tensor{info.name, info.type, info.shape, {}, {}};
    for (int64_t& dimension : tensor.shape) dimension = dimension < 0 ? 1 : dimension;
    const auto count = element_count(tensor.shape);
    if (!count || *count > kWarmUpElements) return;
    if (info.type == DataType::Bytes)
      tensor.strings.resize(*count);
    else
      tensor.bytes.resize(*count * element_size(info.type));
    zeros.push_back(std::move(tensor));
  }
  Call call(state);
  if (!call.bind(zeros) || !call.choose({})) return;
  OrtStatus* status = state.api().Run(
      state.session.get(), state.run_options.get(), state.input_names.data(), call.inputs.data(),
      call.inputs.size(), call.output_names(), call.outputs.size(), call.outputs.data());
  if (auto problem = take_problem(state.api(), status)) {
    log::debug("engines", "model \"{}\" refused zeros at warm-up: {}", state.options.name,
               problem->message);
    return;
  }
  for (size_t i = 0; i < state.outputs.size(); ++i) {
    TensorInfo& info = state.outputs[i];
    std::vector<std::string> classes;
    const auto output =
        from_value(*state.library, state.options.name, info, call.outputs[i], &classes);
    if (!output || classes.empty()) continue;
    info.shape = {-1, output->shape[1]};
    info.classes = std::move(classes);
  }
}

}  // namespace tandem::engines::onnx
