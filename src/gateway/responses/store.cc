#include "gateway/responses/store.h"

#include "store/insert_rows.h"

namespace tandem::gateway::responses {
namespace {

using store::Connection;
using store::Param;
using store::Row;
using store::Statement;

constexpr Statement kPut{
    "gateway_responses_put",
    "INSERT INTO gateway_responses (project, id, previous_id, endpoint, body, size_bytes, "
    "created_us) VALUES (?, ?, ?, ?, ?, ?, ?)"};
constexpr Statement kFind{
    "gateway_responses_find",
    "SELECT project, id, previous_id, endpoint, body, created_us FROM gateway_responses "
    "WHERE project = ? AND id = ?"};
constexpr Statement kDelete{"gateway_responses_delete",
                            "DELETE FROM gateway_responses WHERE project = ? AND id = ?"};
constexpr Statement kOldest{
    "gateway_responses_oldest",
    "SELECT project, id FROM gateway_responses WHERE created_us < ? ORDER BY created_us LIMIT ?"};
constexpr Statement kItems{
    "gateway_response_items_list",
    "SELECT id, body FROM gateway_response_items WHERE project = ? AND response_id = ? AND "
    "side = ? ORDER BY place"};
constexpr Statement kItemFind{
    "gateway_response_items_find",
    "SELECT r.endpoint, i.body FROM gateway_response_items i JOIN gateway_responses r "
    "ON r.project = i.project AND r.id = i.response_id "
    "WHERE i.project = ? AND i.id = ? ORDER BY r.created_us DESC LIMIT 1"};
constexpr Statement kItemsDelete{
    "gateway_response_items_delete",
    "DELETE FROM gateway_response_items WHERE project = ? AND response_id = ?"};

void add_rows(const StoredResponse& response, const std::vector<StoredItem>& items, Side side,
              std::vector<Param>& rows) {
  for (size_t i = 0; i < items.size(); ++i) {
    rows.insert(rows.end(), {std::string_view(response.project), std::string_view(response.id),
                             static_cast<int64_t>(side), static_cast<int64_t>(i),
                             std::string_view(items[i].id), std::string_view(items[i].body)});
  }
}

int64_t size_of(const StoredResponse& response) {
  size_t bytes = response.body.size();
  for (const auto* items : {&response.input, &response.output}) {
    for (const StoredItem& item : *items) bytes += item.body.size();
  }
  return static_cast<int64_t>(bytes);
}

}  // namespace

Result<void> put_response(Connection& connection, const StoredResponse& response) {
  static const store::InsertRows kInsertItems(
      "gateway_response_items_put",
      "gateway_response_items (project, response_id, side, place, id, body)", 6);
  TRY_VOID(connection.run(
      kPut, {std::string_view(response.project), std::string_view(response.id),
             std::string_view(response.previous_id), std::string_view(response.endpoint),
             std::string_view(response.body), size_of(response), response.created_us}));
  std::vector<Param> rows;
  add_rows(response, response.input, Side::Input, rows);
  add_rows(response, response.output, Side::Output, rows);
  TRY_VOID(kInsertItems.run(connection, rows));
  return {};
}

Result<std::optional<StoredResponse>> find_response(Connection& connection,
                                                    std::string_view project, std::string_view id) {
  return connection.find(kFind, {project, id}, [](const Row& row) {
    StoredResponse response;
    response.project = row.str(0);
    response.id = row.str(1);
    response.previous_id = row.str(2);
    response.endpoint = row.str(3);
    response.body = row.str(4);
    response.created_us = row.integer(5);
    return response;
  });
}

Result<std::vector<StoredItem>> list_items(Connection& connection, std::string_view project,
                                           std::string_view response, Side side) {
  return connection.list(kItems, {project, response, static_cast<int64_t>(side)},
                         [](const Row& row) {
                           return StoredItem{row.str(0), row.str(1)};
                         });
}

Result<std::optional<FoundItem>> find_item(Connection& connection, std::string_view project,
                                           std::string_view id) {
  return connection.find(kItemFind, {project, id}, [](const Row& row) {
    return FoundItem{row.str(0), row.str(1)};
  });
}

Result<bool> delete_response(Connection& connection, std::string_view project,
                             std::string_view id) {
  TRY_VOID(connection.run(kItemsDelete, {project, id}));
  TRY(const int64_t rows, connection.run(kDelete, {project, id}));
  return rows > 0;
}

Result<int64_t> delete_older(Connection& connection, WallUs before_us, int64_t limit) {
  TRY(const auto oldest, connection.list(kOldest, {before_us, limit}, [](const Row& row) {
    return std::pair(row.str(0), row.str(1));
  }));
  for (const auto& [project, id] : oldest) TRY_VOID(delete_response(connection, project, id));
  return static_cast<int64_t>(oldest.size());
}

}  // namespace tandem::gateway::responses
