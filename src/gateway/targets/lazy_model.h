// LazyModel: a model inside the process that the first call loads, so that a server that nobody
// asks stays small. Any thread; loading happens on a pool.
//   LazyModel<engines::Embedder> model(loaders, [=] { return engines::Embedder::load(…); });
//   CO_TRY_VOID(co_await model.prepare(attempt));  …  model.ready()->embed(…)
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "base/async/pool.h"
#include "gateway/target.h"

namespace tandem::gateway {

template <class Model>
class LazyModel {
 public:
  using Load = std::function<Result<std::unique_ptr<Model>>()>;

  // `loaders` outlives it.
  LazyModel(Pool& loaders, Load load) : loaders_(loaders), load_(std::move(load)) {}

  // Null until it is loaded.
  Model* ready() const { return ready_.load(std::memory_order_acquire); }

  // Returns once it is loaded, or with why it cannot be; the next call tries again.
  Task<Result<void>> prepare(AttemptContext& attempt) {
    if (ready()) co_return Result<void>{};
    auto job = [this] { return load(); };
    const SteadyUs begun_us = steady_now_us();
    auto loaded = co_await loaders_.run(job);
    // The model is what the call waits for, not Tandem.
    attempt.context.waited_us += steady_now_us() - begun_us;
    co_return loaded;
  }

 private:
  Result<void> load() {
    const std::lock_guard lock(loading_);
    if (model_) return {};
    TRY(model_, load_());
    ready_.store(model_.get(), std::memory_order_release);
    return {};
  }

  Pool& loaders_;
  const Load load_;
  std::mutex loading_;
  std::unique_ptr<Model> model_;
  std::atomic<Model*> ready_{nullptr};  // set once, to model_
};

}  // namespace tandem::gateway
