#include <fmt/format.h>
#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <random>

#include "base/async/token.h"
#include "base/log.h"
#include "base/text/encode.h"
#include "engines/llama/errors.h"
#include "engines/llama/health_probe.h"
#include "engines/llama/process_info.h"
#include "engines/llama/server_life_internal.h"

namespace tandem::engines {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kFirstLookMs = 10;  // after a start: is it ready?
constexpr int64_t kLastLookMs = 250;
constexpr int64_t kProbeTimeoutMs = 2'000;
constexpr size_t kShownLines = 5;
constexpr size_t kShownBytes = 1'000;

Clock::time_point time_point(SteadyUs at_us) {
  return Clock::time_point(std::chrono::microseconds(at_us));
}

std::string random_key() {
  std::array<uint8_t, 24> bytes{};
  [[maybe_unused]] const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
  return text::to_hex(bytes);
}

double random_fraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

ServerLife::ServerLife(IoContext& io, std::shared_ptr<ServerState> state)
    : io_(io),
      state_(std::move(state)),
      options_(state_->options()),
      scope_(io),
      policy_(options_.restart),
      exit_stream_(io),
      output_stream_(io),
      wake_(io),
      kill_(io),
      idle_(io) {}

void ServerLife::demand() {
  if (running_ || closing_) return;
  running_ = true;
  scope_.spawn(run());
}

void ServerLife::end_child() {
  restart_wanted_ = false;
  if (pid_ < 0 || asked_) return;
  asked_ = true;
  state_->stopping();
  signal_child(pid_, SIGTERM);
  kill_.expires_after(std::chrono::milliseconds(options_.stop_grace_ms));
  kill_.async_wait([this, life = life_](boost::system::error_code error) {
    if (error || life != life_ || exited_) return;
    log::warn("engines", "{} does not stop; killing it", options_.name);
    signal_child(pid_, SIGKILL);
  });
}

Task<void> ServerLife::close() {
  closing_ = true;
  state_->close();
  end_child();
  wake_.cancel();
  co_await scope_.join();
}

// From the first demand until nothing runs and nobody waits.
Task<void> ServerLife::run() {
  while (!closing_) {
    const Served served = co_await serve_once();
    if (closing_) break;
    if (served.asked) {
      if (state_->has_waiters()) continue;
      break;
    }
    const SteadyUs now_us = steady_now_us();
    const auto next = policy_.on_death(now_us, served.ready_since, random_fraction());
    const Error error = describe_death(served, next.at_us - now_us);
    log::warn("engines", "{}", error.message);
    state_->died(error);
    state_->pausing(next.resting ? ServerPhase::Resting : ServerPhase::Waiting, next.at_us,
                    policy_.deaths_in_a_row());
    // Who waited learns why; the gateway may have another target for the call.
    if (!served.ready_since || next.resting) state_->refuse_waiters(error);
    if (next.resting) {
      running_ = false;
      co_return;
    }
    // A server that was of use comes back by itself, one that never was only for a call.
    restart_wanted_ = served.ready_since.has_value();
    co_await sleep_until(time_point(next.at_us));
    if (!restart_wanted_ && !state_->has_waiters()) break;
  }
  running_ = false;
  state_->stopped();
  // A call that joined between the last look and here.
  if (!closing_ && state_->has_waiters()) demand();
}

Task<void> ServerLife::sleep_until(Clock::time_point time) {
  wake_.expires_at(time);
  if (closing_) co_return;
  auto [ignored] = co_await wake_.async_wait(kToken);
  (void)ignored;
}

Task<ServerLife::Served> ServerLife::serve_once() {
  Served served;
  api_key_ = random_key();
  asked_ = exited_ = false;
  lines_ = OutputLines();
  const SteadyUs started_us = steady_now_us();
  auto started = start_child(spec());
  if (!started) {
    state_->starting(-1);
    state_->ended(0);
    served.not_started = std::move(started).error();
    co_return served;
  }
  pid_ = started->pid;
  life_ = state_->starting(pid_);
  exit_stream_.assign(started->exited.release());
  output_stream_.assign(started->output.release());
  watch_exit();
  read_output();

  co_await wait_until_ready(served);
  if (served.ready_since) {
    log::info("engines", "{} is ready after {} ms (process {})", options_.name,
              (*served.ready_since - started_us) / 1000, pid_);
    if (options_.idle_unload_ms > 0) watch_idle(options_.idle_unload_ms * 1000);
  }
  co_await watch_until_ended(served);
  kill_.cancel();
  idle_.cancel();
  drain_output();
  signal_child(pid_, SIGKILL);  // whatever it left in its group; before the number is free again
  const ChildEnd end = reap_child(pid_);
  pid_ = -1;
  state_->ended(end.cpu_us);
  boost::system::error_code ignored;
  exit_stream_.close(ignored);
  output_stream_.close(ignored);
  served.asked = asked_;
  if (served.how.empty()) served.how = end.how;
  log::info("engines", "{} has ended: {}", options_.name, served.how);
  co_return served;
}

Task<void> ServerLife::wait_until_ready(Served& served) {
  const SteadyUs give_up_us = steady_now_us() + options_.start_timeout_ms * 1000;
  int64_t pause_ms = kFirstLookMs;
  while (!exited_ && !asked_) {
    if (const auto port = listening_port(pid_)) {
      const Health health = co_await probe_health(io_, *port, kProbeTimeoutMs);
      if (exited_ || asked_) co_return;
      if (health == Health::Healthy) {
        served.ready_since = steady_now_us();
        served.port = *port;
        auto address = std::make_shared<ServerAddress>();
        address->base_url = fmt::format("http://127.0.0.1:{}", *port);
        address->api_key = api_key_;
        address->pid = pid_;
        address->life = life_;
        state_->ready(std::move(address));
        co_return;
      }
    }
    if (steady_now_us() >= give_up_us) {
      served.how = fmt::format("not ready after {} ms", options_.start_timeout_ms);
      signal_child(pid_, SIGKILL);
      co_return;
    }
    wake_.expires_after(std::chrono::milliseconds(pause_ms));
    pause_ms = std::min(pause_ms * 3 / 2, kLastLookMs);
    auto [ignored] = co_await wake_.async_wait(kToken);
    (void)ignored;
  }
}

// Until the child is no more; one that hangs is killed.
Task<void> ServerLife::watch_until_ended(Served& served) {
  const HealthWatch& health = options_.health;
  int missed = 0;
  while (!exited_) {
    if (served.ready_since && !asked_ && health.every_ms > 0 && missed < health.misses) {
      wake_.expires_after(std::chrono::milliseconds(health.every_ms));
    } else {
      wake_.expires_at(Clock::time_point::max());
    }
    auto [cut_short] = co_await wake_.async_wait(kToken);
    if (cut_short || exited_ || asked_) continue;
    missed = co_await hangs(served.port) ? missed + 1 : 0;
    if (exited_ || asked_ || missed < health.misses) continue;
    served.how = fmt::format("hangs: no answer to {} questions for its health, of {} ms each",
                             missed, health.timeout_ms);
    signal_child(pid_, SIGKILL);
  }
}

Task<bool> ServerLife::hangs(uint16_t port) {
  const auto cpu_before_us = process_cpu_us(pid_);
  const Health health = co_await probe_health(io_, port, options_.health.timeout_ms);
  co_return health == Health::Unreachable&& process_cpu_us(pid_) == cpu_before_us;
}

ChildSpec ServerLife::spec() {
  ChildSpec spec;
  spec.program = options_.program;
  spec.data_limit_bytes = options_.memory_limit_bytes;
  spec.niceness = options_.niceness;
  // In the environment and not among the arguments, which every user of the machine can read.
  spec.environment = child_environment({"LLAMA_API_KEY=" + api_key_});
  auto& arguments = spec.arguments;
  arguments = {"--model",    options_.model_file,
               "--alias",    options_.name,
               "--host",     "127.0.0.1",
               "--port",     "0",
               "--ctx-size", std::to_string(options_.context_tokens * options_.parallel),
               "--parallel", std::to_string(options_.parallel)};
  if (options_.threads > 0) {
    arguments.insert(arguments.end(), {"--threads", std::to_string(options_.threads)});
  }
  if (options_.embedding) arguments.push_back("--embedding");
  arguments.insert(arguments.end(), options_.more_arguments.begin(), options_.more_arguments.end());
  return spec;
}

void ServerLife::watch_exit() {
  exit_stream_.async_wait(Stream::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    exited_ = true;
    wake_.cancel();
  });
}

void ServerLife::read_output() {
  output_stream_.async_read_some(
      boost::asio::buffer(output_buffer_),
      [this, life = life_](boost::system::error_code error, size_t count) {
        if (error || life != life_ || pid_ < 0) return;
        lines_.feed({output_buffer_.data(), count}, steady_now_us(),
                    [this](std::string_view line) { log_line(line); });
        read_output();
      });
}

// What is left in the pipe after the end; its last words are often the reason.
void ServerLife::drain_output() {
  boost::system::error_code ignored;
  output_stream_.cancel(ignored);
  const auto log = [this](std::string_view line) { log_line(line); };
  std::array<char, 4096> buffer;
  for (int i = 0; i < 16; ++i) {
    const ssize_t count = ::read(output_stream_.native_handle(), buffer.data(), buffer.size());
    if (count <= 0) break;
    lines_.feed({buffer.data(), static_cast<size_t>(count)}, steady_now_us(), log);
  }
  lines_.finish(steady_now_us(), log);
}

void ServerLife::watch_idle(int64_t in_us) {
  idle_.expires_after(std::chrono::microseconds(in_us));
  idle_.async_wait([this, life = life_](boost::system::error_code error) {
    if (error || life != life_ || exited_ || asked_) return;
    if (const auto left_us =
            state_->stop_if_idle(options_.idle_unload_ms * 1000, steady_now_us())) {
      watch_idle(*left_us);
      return;
    }
    log::info("engines", "{} was idle and is unloaded", options_.name);
    end_child();
  });
}

void ServerLife::log_line(std::string_view line) {
  log::debug("engines", "{} | {}", options_.name, line);
}

Error ServerLife::describe_death(const Served& served, int64_t wait_us) const {
  if (served.not_started) return *served.not_started;
  return llama_errors::died(options_.name, served.how, served.ready_since.has_value(),
                            lines_.last(kShownLines, kShownBytes), wait_us);
}

}  // namespace tandem::engines
