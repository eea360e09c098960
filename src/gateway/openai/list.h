// Lists of OpenAI's API: {"object":"list","data":[…],"first_id","last_id","has_more"}, paged by
// `after` (an id), `limit` and `order`. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "base/result.h"
#include "net/exchange.h"
#include "net/route.h"

namespace tandem::gateway::openai {

struct ListQuery {
  std::string after;
  int64_t limit = 0;
  bool ascending = false;
};

// InvalidArgument names the parameter. `most` is the largest limit.
Result<ListQuery> read_list_query(const net::Request& request, int64_t usual, int64_t most);
std::vector<net::ParameterDoc> list_parameters(int64_t usual, int64_t most);

// `items` may hold one more than the limit, which then only says that there is more.
template <class T, class Write>
std::string write_list(std::vector<T>& items, int64_t limit, Write write) {
  const bool more = items.size() > static_cast<size_t>(limit);
  if (more) items.resize(static_cast<size_t>(limit));
  std::string body;
  json::Writer json(body);
  json.object().key("object").string("list").key("data").array();
  for (const T& item : items) write(json, item);
  json.end_array();
  json.key("first_id").string_or_null(items.empty() ? std::string_view() : items.front().id);
  json.key("last_id").string_or_null(items.empty() ? std::string_view() : items.back().id);
  json.key("has_more").boolean(more).end_object();
  return body;
}

}  // namespace tandem::gateway::openai
