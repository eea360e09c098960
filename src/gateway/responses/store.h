// SQL of stored responses. Used inside a Db job.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/db.h"

namespace tandem::gateway::responses {

struct StoredItem {
  std::string id;
  std::string body;  // JSON
};

enum class Side : uint8_t { Input, Output };

struct StoredResponse {
  std::string project;
  std::string id;
  std::string previous_id;  // empty: the first
  std::string endpoint;
  std::string body;  // the response object, without its output
  WallUs created_us = 0;
  std::vector<StoredItem> input;   // its own: not those of the responses before it
  std::vector<StoredItem> output;  // only written: read with list_items()
};

Result<void> put_response(store::Connection& connection, const StoredResponse& response);
// Without its items.
Result<std::optional<StoredResponse>> find_response(store::Connection& connection,
                                                    std::string_view project, std::string_view id);
// In their order.
Result<std::vector<StoredItem>> list_items(store::Connection& connection, std::string_view project,
                                           std::string_view response, Side side);
// The item of that id, wherever it stands in the project, with the endpoint of its response.
struct FoundItem {
  std::string endpoint;
  std::string body;
};
Result<std::optional<FoundItem>> find_item(store::Connection& connection, std::string_view project,
                                           std::string_view id);
// False: there was none.
Result<bool> delete_response(store::Connection& connection, std::string_view project,
                             std::string_view id);
// The oldest made before `before_us`, at most `limit`; how many went.
Result<int64_t> delete_older(store::Connection& connection, WallUs before_us, int64_t limit);

}  // namespace tandem::gateway::responses
