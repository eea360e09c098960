// Accountant: what the gateway calls around every attempt. reserve() prices the estimate, takes it
// from every budget and writes it to the journal; settle() or release() writes how the attempt
// ended and gives the difference back. Owned by the composition root; any io thread; no database.
//   CO_TRY(Reservation reservation, accountant.reserve(call, estimate));
//   ... talk to the target ...
//   CO_TRY(Settled settled, accountant.settle(std::move(reservation), usage, resources));
// A reservation that is dropped on the way (an early return, a cancelled task) is settled at its
// estimate: a call may be billed too much by a bug of ours, and then a log line says so, but never
// not at all.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cost/budgets.h"
#include "cost/call.h"
#include "cost/energy.h"
#include "cost/prices.h"
#include "cost/record_sink.h"
#include "cost/unknown_models.h"
#include "cost/usage.h"

namespace tandem::cost {

class Accountant;
struct EndRecord;

// The right and the duty to end one attempt. Move-only; must not outlive its accountant.
class Reservation {
 public:
  Reservation() noexcept;
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();

  bool open() const { return call_ != nullptr; }
  NanoUsd estimate_nano_usd() const;
  const Usage& estimate() const;
  // What `usage` would cost at the prices that this call was admitted with.
  CostResult price(const Usage& usage) const;

 private:
  friend class Accountant;
  struct OpenCall;
  explicit Reservation(std::unique_ptr<OpenCall> call);
  void end_unsettled() noexcept;

  std::unique_ptr<OpenCall> call_;
};

struct Settled {
  NanoUsd cost_nano_usd = 0;
  CostSource source = CostSource::Unknown;
  Energy energy;
};

// Since start; for /metrics.
struct AccountantStats {
  int64_t open = 0;  // reservations now
  uint64_t reserved = 0;
  uint64_t settled = 0;
  uint64_t estimated = 0;
  uint64_t released = 0;
  uint64_t abandoned = 0;      // of the estimated: dropped without an end
  uint64_t over_estimate = 0;  // settled above the estimate
  uint64_t unknown_price = 0;  // admitted without a price
  uint64_t journal_failures = 0;
  size_t unwritten = 0;  // ends that wait for the journal to take them
};

class Accountant {
 public:
  struct Options {
    std::function<WallUs()> now = wall_now_us;
  };
  // All of them outlive the accountant.
  Accountant(RecordSink& journal, Budgets& budgets, PriceBook& prices, EnergyModel& energy,
             Options options);
  Accountant(RecordSink& journal, Budgets& budgets, PriceBook& prices, EnergyModel& energy)
      : Accountant(journal, budgets, prices, energy, Options()) {}
  ~Accountant();

  // BudgetExceeded where a budget has no room; StorageFailed where the journal cannot be written
  // (then nothing is held).
  Result<Reservation> reserve(const CallIdentity& call, const Usage& estimate);

  // What `usage` costs at `target` ("provider/model") now; nullopt: there is no price.
  std::optional<NanoUsd> quote(std::string_view target, Placement placement,
                               const Usage& usage) const;

  // Ends an attempt that the target answered. `state` is Estimated where `usage` is our own count.
  // Where the journal refuses the record, the budgets are right all the same, the record waits to
  // be written (retry_unwritten) and StorageFailed is returned; after a crash before that, recovery
  // settles the call at its estimate.
  // `counted_output_tokens`: our own count of what came, for the reconciliation; 0: not counted.
  Result<Settled> settle(Reservation reservation, const Usage& usage, const Resources& resources,
                         State state = State::Settled, int64_t counted_output_tokens = 0);
  // Ends an attempt that will not be billed: one row with cost 0.
  Result<void> release(Reservation reservation, Reason reason, const Resources& resources = {});

  // Writes what the journal refused before; called by the ledger's thread. Returns how many wait.
  size_t retry_unwritten();

  AccountantStats stats() const;
  const UnknownModels& unknown_models() const { return unknown_models_; }

 private:
  friend class Reservation;
  struct End;
  struct Unwritten {
    store::RecordKind kind;
    std::vector<uint8_t> payload;
  };

  Result<Settled> end(std::unique_ptr<Reservation::OpenCall> call, const End& how);
  void price_end(const Reservation::OpenCall& call, const End& how, EndRecord& record) const;
  void abandon(std::unique_ptr<Reservation::OpenCall> call);
  void note_unknown(const CallIdentity& call);
  void keep_unwritten(store::RecordKind kind, std::span<const uint8_t> payload, const Error& why);

  RecordSink& journal_;
  Budgets& budgets_;
  PriceBook& prices_;
  EnergyModel& energy_;
  const Options options_;
  UnknownModels unknown_models_;

  std::atomic<int64_t> open_{0};
  std::atomic<uint64_t> reserved_{0}, settled_{0}, estimated_{0}, released_{0}, abandoned_{0},
      over_estimate_{0}, journal_failures_{0};
  mutable std::mutex unwritten_mutex_;
  std::deque<Unwritten> unwritten_;  // at most one per reservation that was open when it failed
};

}  // namespace tandem::cost
