#include "gateway/responses/service.h"

#include <algorithm>

#include "base/log.h"
#include "base/time/calendar.h"

namespace tandem::gateway::responses {
namespace {

constexpr int64_t kDeletedAtOnce = 200;

Failure no_response(std::string_view id, std::string_view field) {
  Error error(Code::NotFound, "There is no stored response \"" + std::string(id) + "\".",
              "It may be deleted, expired, never stored (\"store\": false), or another project's.",
              std::string(field));
  return fail(std::move(error));
}

Result<StoredResponse> visible(store::Connection& connection, const Principal& principal,
                               std::string_view id, std::string_view field) {
  TRY(auto found, find_response(connection, principal.project.view(), id));
  if (!found || !principal.may_call(found->endpoint)) return no_response(id, field);
  return *std::move(found);
}

}  // namespace

Task<Result<Context>> ResponseStore::load(const Principal& principal, const Links& links) const {
  const auto job = [&](store::Connection& connection) {
    return load_in(connection, principal, links);
  };
  co_return co_await db_.read(job);
}

Result<Context> ResponseStore::load_in(store::Connection& connection, const Principal& principal,
                                       const Links& links) const {
  Context context;
  std::vector<std::vector<std::string>> turns;  // the newest first
  int64_t bytes = 0;
  for (std::string id = links.previous_id; !id.empty();) {
    if (static_cast<int64_t>(turns.size()) >= config_.max_chain) {
      return fail(Code::InvalidArgument,
                  "previous_response_id leads through more than " +
                      std::to_string(config_.max_chain) + " responses.",
                  "Begin a new conversation with what matters of this one.",
                  "previous_response_id");
    }
    TRY(StoredResponse response, visible(connection, principal, id, "previous_response_id"));
    std::vector<std::string>& turn = turns.emplace_back();
    for (const Side side : {Side::Input, Side::Output}) {
      TRY(auto items, list_items(connection, response.project, id, side));
      for (StoredItem& item : items) {
        bytes += static_cast<int64_t>(item.body.size());
        turn.push_back(std::move(item.body));
      }
    }
    if (bytes > config_.max_bytes) {
      return fail(Code::PayloadTooLarge,
                  "The responses before this one hold more than " +
                      std::to_string(config_.max_bytes) + " bytes.",
                  "Begin a new conversation with what matters of this one.",
                  "previous_response_id");
    }
    id = std::move(response.previous_id);
  }
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    std::move(turn->begin(), turn->end(), std::back_inserter(context.earlier));
  }
  for (const Links::Reference& reference : links.references) {
    TRY(auto item, find_item(connection, principal.project.view(), reference.id));
    if (!item || !principal.may_call(item->endpoint)) {
      return fail(Code::NotFound, "There is no stored item \"" + reference.id + "\".",
                  "Send the item itself, or store the response that it is from.", "input");
    }
    bytes += static_cast<int64_t>(item->body.size());
    if (bytes > config_.max_bytes) {
      return fail(Code::PayloadTooLarge, "The items that are referred to are too large.",
                  "Send fewer of them.", "input");
    }
    context.items.push_back(std::move(item->body));
  }
  return context;
}

Task<bool> ResponseStore::keep(StoredResponse response) const {
  const auto job = [&](store::Connection& connection) {
    return put_response(connection, response);
  };
  const Result<void> done = co_await db_.write(job);
  if (!done) {
    log::warn("gateway", "A response was answered but not stored: {}", done.error().describe());
    count_not_kept("storage");
    co_return false;
  }
  metrics_.counter("tandem_responses_stored_total", "Responses that were stored.", {}).increment();
  co_return true;
}

void ResponseStore::count_not_kept(std::string_view reason) const {
  metrics_
      .counter("tandem_responses_not_stored_total",
               "Responses that were to be stored and were not.", {{"reason", std::string(reason)}})
      .increment();
}

Task<Result<ResponseStore::Found>> ResponseStore::get(const Principal& principal,
                                                      std::string_view id, Side side) const {
  const auto job = [&](store::Connection& connection) -> Result<Found> {
    Found found;
    TRY(found.response, visible(connection, principal, id, "response_id"));
    TRY(found.items, list_items(connection, found.response.project, id, side));
    return found;
  };
  co_return co_await db_.read(job);
}

Task<Result<void>> ResponseStore::remove(const Principal& principal, std::string_view id) const {
  const auto job = [&](store::Connection& connection) -> Result<void> {
    TRY(const StoredResponse response, visible(connection, principal, id, "response_id"));
    TRY_VOID(delete_response(connection, response.project, id));
    return {};
  };
  co_return co_await db_.write(job);
}

Result<int64_t> ResponseStore::delete_old_now(WallUs now_us) const {
  const WallUs before_us = now_us - config_.keep_days * time::kDayUs;
  int64_t all = 0;
  while (true) {
    TRY(const int64_t gone, db_.write_now([&](store::Connection& connection) {
      return delete_older(connection, before_us, kDeletedAtOnce);
    }));
    all += gone;
    if (gone < kDeletedAtOnce) return all;
  }
}

}  // namespace tandem::gateway::responses
