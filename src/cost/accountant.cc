#include "cost/accountant.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "base/log.h"
#include "cost/record.h"

namespace tandem::cost {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

void count(std::atomic<uint64_t>& counter) {
  counter.fetch_add(1, kRelaxed);
}

}  // namespace

struct Reservation::OpenCall {
  Accountant* accountant = nullptr;
  Budgets::Hold hold;
  std::shared_ptr<const Prices> prices;  // keeps `price` alive
  const Price* price = nullptr;          // null: unknown
  CostSource source = CostSource::Unknown;
  Placement placement = Placement::Remote;
  Tier tier = Tier::Standard;
  bool generative = true;
  Usage estimate;
  RequestId request_id;
  int64_t grid_mg_per_kwh = 0;  // of the electricity where it runs
  // The call as both records hold it; the common ones fit without a second allocation.
  boost::container::small_vector<uint8_t, 320> identity;
};

// How an attempt ended, before it is priced.
struct Accountant::End {
  State state = State::Settled;
  Reason reason = Reason::None;
  const Usage& usage;
  const Resources& resources;
  int64_t counted_output_tokens = 0;
};

Reservation::Reservation(std::unique_ptr<OpenCall> call) : call_(std::move(call)) {}
Reservation::Reservation() noexcept = default;
Reservation::Reservation(Reservation&& other) noexcept = default;

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this != &other) {
    end_unsettled();
    call_ = std::move(other.call_);
  }
  return *this;
}

Reservation::~Reservation() {
  end_unsettled();
}

void Reservation::end_unsettled() noexcept {
  if (call_ == nullptr) return;
  Accountant& accountant = *call_->accountant;
  accountant.abandon(std::move(call_));
}

NanoUsd Reservation::estimate_nano_usd() const {
  return call_ ? call_->hold.amount() : 0;
}

const Usage& Reservation::estimate() const {
  static const Usage kNone;
  return call_ ? call_->estimate : kNone;
}

CostResult Reservation::price(const Usage& usage) const {
  if (call_ == nullptr) return {};
  return {price_usage(usage, call_->price, call_->tier).nano_usd, call_->source};
}

Accountant::Accountant(RecordSink& journal, Budgets& budgets, PriceBook& prices,
                       EnergyModel& energy, Options options)
    : journal_(journal),
      budgets_(budgets),
      prices_(prices),
      energy_(energy),
      options_(std::move(options)) {}

Accountant::~Accountant() {
  if (retry_unwritten() > 0) {
    log::error("cost",
               "{} settlements could not be written to the journal; the next start settles "
               "those calls at their estimates",
               unwritten_.size());
  }
}

Result<Reservation> Accountant::reserve(const CallIdentity& call, const Usage& estimate) {
  auto open = std::make_unique<Reservation::OpenCall>();
  const WallUs now_us = options_.now();
  open->accountant = this;
  open->prices = prices_.current();
  open->price = open->prices->find(call.target.empty() ? call.model : call.target, now_us);
  open->placement = call.placement;
  open->tier = call.tier;
  open->grid_mg_per_kwh = energy_.grid_mg_per_kwh(call.target);
  open->generative = call.kind != "embedding" && call.kind != "rerank";
  open->estimate = sanitized(estimate);
  open->request_id = call.request_id;
  // Our own hardware sends no bill: there no price is the price.
  const bool priced = open->price != nullptr || call.placement == Placement::Local;
  open->source = priced ? CostSource::Prices : CostSource::Unknown;
  if (!priced) note_unknown(call);

  ReserveRecord record;
  record.estimate = open->estimate;
  record.estimate_nano_usd = price_usage(open->estimate, open->price, open->tier).nano_usd;
  record.source = open->source;
  record.tier = open->tier;
  record.price_id = open->price ? open->price->id : 0;
  TRY(open->hold, budgets_.reserve(call.scopes(), record.estimate_nano_usd, now_us));

  RecordBytes identity;
  encode_call(call, now_us, identity);
  RecordBytes payload;
  encode_reserve(identity.view(), record, payload);
  if (auto appended = journal_.append(store::RecordKind::Reserve, payload.view()); !appended) {
    budgets_.release(open->hold);
    count(journal_failures_);
    return fail(std::move(appended).error());
  }
  open->identity.assign(identity.view().begin(), identity.view().end());
  count(reserved_);
  open_.fetch_add(1, kRelaxed);
  return Reservation(std::move(open));
}

std::optional<NanoUsd> Accountant::quote(std::string_view target, Placement placement,
                                         const Usage& usage) const {
  const auto prices = prices_.current();
  const Price* price = prices->find(target, options_.now());
  if (price == nullptr && placement != Placement::Local) return std::nullopt;
  return price_usage(usage, price).nano_usd;
}

Result<Settled> Accountant::settle(Reservation reservation, const Usage& usage,
                                   const Resources& resources, State state,
                                   int64_t counted_output_tokens) {
  if (!reservation.open()) return fail(Code::Internal, "A reservation was settled twice.");
  return end(std::move(reservation.call_),
             End{state, Reason::None, usage, resources, counted_output_tokens});
}

Result<void> Accountant::release(Reservation reservation, Reason reason,
                                 const Resources& resources) {
  if (!reservation.open()) return fail(Code::Internal, "A reservation was released twice.");
  const Usage nothing;
  TRY_VOID(end(std::move(reservation.call_), End{State::Released, reason, nothing, resources}));
  return {};
}

void Accountant::abandon(std::unique_ptr<Reservation::OpenCall> call) {
  count(abandoned_);
  log::warn("cost", "request {} was dropped without a settlement; it is settled at its estimate",
            call->request_id.view());
  Usage usage = call->estimate;
  usage.reported = false;
  const Resources unknown;
  (void)end(std::move(call), End{State::Estimated, Reason::None, usage, unknown});
}

Result<Settled> Accountant::end(std::unique_ptr<Reservation::OpenCall> call, const End& how) {
  EndRecord record;
  record.estimate_nano_usd = call->hold.amount();
  record.source = call->source;
  record.state = how.state;
  record.reason = how.reason;
  record.usage = sanitized(how.usage);
  record.resources = sanitized(how.resources);
  record.ended_us = options_.now();
  record.tier = call->tier;
  record.price_id = call->price ? call->price->id : 0;
  if (how.state != State::Released) price_end(*call, how, record);
  RecordBytes payload;
  encode_end({call->identity.data(), call->identity.size()}, record, payload);
  const auto kind =
      how.state == State::Released ? store::RecordKind::Release : store::RecordKind::Settle;
  auto appended = journal_.append(kind, payload.view());
  if (!appended) keep_unwritten(kind, payload.view(), appended.error());

  budgets_.settle(call->hold, record.cost_nano_usd);
  open_.fetch_sub(1, kRelaxed);
  count(how.state == State::Settled     ? settled_
        : how.state == State::Estimated ? estimated_
                                        : released_);
  if (record.cost_nano_usd > record.estimate_nano_usd) count(over_estimate_);
  if (!appended) return fail(std::move(appended).error());
  return Settled{record.cost_nano_usd,
                 record.source,
                 {record.resources.energy_mj, record.resources.energy_source}};
}

// What an attempt that is paid for costs, in money, energy and emissions.
void Accountant::price_end(const Reservation::OpenCall& call, const End& how,
                           EndRecord& record) const {
  record.cost_nano_usd = price_usage(record.usage, call.price, call.tier).nano_usd;
  const bool counted = how.state == State::Settled;
  record.counted.input_tokens = counted ? call.estimate.input_tokens : record.usage.input_tokens;
  record.counted.output_tokens = counted
                                     ? std::clamp<int64_t>(how.counted_output_tokens, 0, kMaxCount)
                                     : record.usage.output_tokens;
  Resources& resources = record.resources;
  if (resources.energy_source == EnergySource::None) {
    const Energy energy = energy_.estimate(
        {call.placement, resources.cpu_us, resources.gpu_ms, record.usage, call.generative});
    resources.energy_mj = energy.millijoules;
    resources.energy_source = energy.source;
  }
  resources.co2e_ug = co2e_ug(resources.energy_mj, call.grid_mg_per_kwh);
}

void Accountant::note_unknown(const CallIdentity& call) {
  const std::string_view name = call.target.empty() ? call.model : call.target;
  if (!unknown_models_.note(name)) return;
  log::warn("cost",
            "no price is known for {}: its calls cost 0 and are marked cost_source unknown. "
            "Set one under prices: in the configuration or with PUT /api/tandem/v1/prices",
            name);
}

void Accountant::keep_unwritten(store::RecordKind kind, std::span<const uint8_t> payload,
                                const Error& why) {
  count(journal_failures_);
  std::lock_guard lock(unwritten_mutex_);
  if (unwritten_.empty()) {
    log::error("cost", "a settlement waits because the journal cannot be written: {}",
               why.describe());
  }
  unwritten_.push_back({kind, {payload.begin(), payload.end()}});
}

size_t Accountant::retry_unwritten() {
  std::lock_guard lock(unwritten_mutex_);
  while (!unwritten_.empty()) {
    const Unwritten& next = unwritten_.front();
    if (!journal_.append(next.kind, next.payload)) break;
    unwritten_.pop_front();
    if (unwritten_.empty()) log::info("cost", "the journal takes settlements again");
  }
  return unwritten_.size();
}

AccountantStats Accountant::stats() const {
  AccountantStats out;
  out.open = open_.load(kRelaxed);
  out.reserved = reserved_.load(kRelaxed);
  out.settled = settled_.load(kRelaxed);
  out.estimated = estimated_.load(kRelaxed);
  out.released = released_.load(kRelaxed);
  out.abandoned = abandoned_.load(kRelaxed);
  out.over_estimate = over_estimate_.load(kRelaxed);
  out.unknown_price = unknown_models_.calls();
  out.journal_failures = journal_failures_.load(kRelaxed);
  std::lock_guard lock(unwritten_mutex_);
  out.unwritten = unwritten_.size();
  return out;
}

}  // namespace tandem::cost
