#include <boost/asio/post.hpp>

#include "engines/llama/errors.h"
#include "engines/llama/process_info.h"
#include "engines/llama/server_state_internal.h"

namespace tandem::engines {

Lease::Lease(std::shared_ptr<ServerState> state, std::shared_ptr<const ServerAddress> address,
             int64_t share_at_start_ns)
    : state_(std::move(state)),
      address_(std::move(address)),
      share_at_start_ns_(share_at_start_ns) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(address_, other.address_);
  std::swap(share_at_start_ns_, other.share_at_start_ns_);
  return *this;
}

Lease::~Lease() {
  if (state_) state_->release(address_->life);
}

bool Lease::current() const {
  return state_->is_current(address_->life);
}

int64_t Lease::cpu_us() const {
  return (state_->share_ns() - share_at_start_ns_) / 1000;
}

// Divides what the child has used since the last look among the leases that there were.
void ServerState::account() {
  if (pid_ < 0) return;
  const auto now_us = process_cpu_us(pid_);
  if (!now_us || *now_us <= cpu_seen_us_) return;
  if (leases_ > 0) share_ns_ += (*now_us - cpu_seen_us_) * 1000 / leases_;
  cpu_seen_us_ = *now_us;
}

Lease ServerState::make_lease() {
  account();
  ++leases_;
  return Lease(shared_from_this(), address_, share_ns_);
}

std::optional<Lease> ServerState::lease_if_ready() {
  std::lock_guard lock(mutex_);
  if (phase_ != ServerPhase::Ready) return std::nullopt;
  return make_lease();
}

Result<void> ServerState::join(const std::shared_ptr<Waiter>& waiter, Deadline deadline,
                               SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  if (closed_) return fail(llama_errors::stopping(options_.name));
  if (phase_ == ServerPhase::Ready) {
    answer(waiter, make_lease());
    return {};
  }
  if (waiters_.size() >= options_.max_waiting) {
    return fail(llama_errors::too_many_waiting(options_.name, options_.max_waiting));
  }
  const int64_t wait_us = next_start_us_ - now_us;
  if (phase_ == ServerPhase::Resting && wait_us > 0) {
    return fail(
        llama_errors::resting(options_.name, deaths_in_a_row_, last_error_.message, wait_us));
  }
  if (phase_ == ServerPhase::Waiting && deadline.passed(next_start_us_)) {
    Error error = last_error_;
    error.retry_after_s = std::max<int64_t>(1, (wait_us + 999'999) / 1'000'000);
    return fail(std::move(error));
  }
  waiters_.push_back(waiter);
  return {};
}

void ServerState::leave(const std::shared_ptr<Waiter>& waiter) {
  std::lock_guard lock(mutex_);
  waiters_.remove(waiter);
}

// Hands `outcome` over on the caller's own thread. A caller that has gone on drops it there, and
// with it the lease.
void ServerState::answer(const std::shared_ptr<Waiter>& waiter, Result<Lease> outcome) {
  boost::asio::post(waiter->executor, [waiter, outcome = std::move(outcome)]() mutable {
    if (!waiter->timer) return;
    waiter->outcome.emplace(std::move(outcome));
    waiter->timer->cancel();
  });
}

void ServerState::release(uint64_t life) {
  std::lock_guard lock(mutex_);
  if (life != life_) return;  // of a child that is gone; its leases were forgotten with it
  account();
  --leases_;
  last_used_us_ = steady_now_us();
}

bool ServerState::is_current(uint64_t life) const {
  std::lock_guard lock(mutex_);
  return life == life_ && address_ != nullptr;
}

int64_t ServerState::share_ns() {
  std::lock_guard lock(mutex_);
  account();
  return share_ns_;
}

bool ServerState::wait_for(ServerPhase phase, int64_t timeout_ms) const {
  std::unique_lock lock(mutex_);
  return phase_changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                 [&] { return phase_ == phase; });
}

ServerStatus ServerState::status() {
  std::lock_guard lock(mutex_);
  account();
  ServerStatus status;
  status.phase = phase_;
  status.pid = pid_;
  if (address_) status.base_url = address_->base_url;
  status.leases = leases_;
  status.waiting = static_cast<int64_t>(waiters_.size());
  status.starts = life_;
  status.deaths = deaths_;
  status.last_error = last_error_.message;
  status.cpu_us = cpu_before_us_ + cpu_seen_us_;
  if (pid_ > 0) status.resident_bytes = resident_bytes(pid_).value_or(0);
  return status;
}

void ServerState::set_phase(ServerPhase phase) {
  phase_ = phase;
  phase_changed_.notify_all();
}

uint64_t ServerState::starting(pid_t pid) {
  std::lock_guard lock(mutex_);
  pid_ = pid;
  ++life_;
  leases_ = 0;
  cpu_seen_us_ = 0;
  set_phase(ServerPhase::Starting);
  return life_;
}

void ServerState::ready(std::shared_ptr<const ServerAddress> address) {
  std::lock_guard lock(mutex_);
  address_ = std::move(address);
  last_used_us_ = steady_now_us();
  set_phase(ServerPhase::Ready);
  for (const auto& waiter : waiters_) answer(waiter, make_lease());
  waiters_.clear();
}

void ServerState::stopping() {
  std::lock_guard lock(mutex_);
  address_ = nullptr;
  set_phase(ServerPhase::Stopping);
}

std::optional<int64_t> ServerState::stop_if_idle(int64_t idle_us, SteadyUs now_us) {
  std::lock_guard lock(mutex_);
  if (leases_ > 0) return idle_us;
  const int64_t left_us = last_used_us_ + idle_us - now_us;
  if (left_us > 0) return left_us;
  address_ = nullptr;
  set_phase(ServerPhase::Stopping);
  return std::nullopt;
}

void ServerState::ended(int64_t cpu_us) {
  std::lock_guard lock(mutex_);
  if (leases_ > 0 && cpu_us > cpu_seen_us_) {
    share_ns_ += (cpu_us - cpu_seen_us_) * 1000 / leases_;
  }
  cpu_before_us_ += std::max(cpu_us, cpu_seen_us_);
  cpu_seen_us_ = 0;
  leases_ = 0;
  address_ = nullptr;
  pid_ = -1;
  set_phase(ServerPhase::Stopping);  // until the life of the child has decided what follows
}

void ServerState::died(const Error& reason) {
  std::lock_guard lock(mutex_);
  ++deaths_;
  last_error_ = reason;
}

void ServerState::pausing(ServerPhase phase, SteadyUs next_start_us, int deaths_in_a_row) {
  std::lock_guard lock(mutex_);
  deaths_in_a_row_ = deaths_in_a_row;
  next_start_us_ = next_start_us;
  set_phase(phase);
}

void ServerState::stopped() {
  std::lock_guard lock(mutex_);
  set_phase(ServerPhase::Stopped);
}

bool ServerState::has_waiters() const {
  std::lock_guard lock(mutex_);
  return !waiters_.empty();
}

void ServerState::refuse_waiters(const Error& reason) {
  std::lock_guard lock(mutex_);
  for (const auto& waiter : waiters_) answer(waiter, fail(reason));
  waiters_.clear();
}

void ServerState::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    address_ = nullptr;
    if (phase_ == ServerPhase::Ready) set_phase(ServerPhase::Stopping);
  }
  refuse_waiters(llama_errors::stopping(options_.name));
}

}  // namespace tandem::engines
