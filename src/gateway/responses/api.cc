#include "gateway/responses/api.h"

#include <algorithm>
#include <charconv>

#include "base/json/writer.h"
#include "gateway/responses/kept.h"

namespace tandem::gateway::responses {
namespace {

using net::Exchange;
using net::Method;
using net::Response;

constexpr int64_t kDefaultPage = 20;
constexpr int64_t kLargestPage = 100;

Result<int64_t> whole_number(const net::Request& request, const std::string& name,
                             int64_t otherwise, int64_t least, int64_t most) {
  const auto text = request.query_param(name);
  if (!text) return otherwise;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most) {
    return fail(Code::InvalidArgument,
                "The parameter \"" + name + "\" must be a whole number from " +
                    std::to_string(least) + " to " + std::to_string(most) + ".",
                "Correct it and send the request again.", name);
  }
  return value;
}

Task<Result<Response>> get_response(const ResponseStore& store, Exchange& exchange) {
  const net::Request& request = exchange.request();
  const std::string id(request.path_param("response_id"));
  CO_TRY(const auto found, co_await store.get(exchange.context().principal, id, Side::Output));
  std::string shown = shown_response(found.response, found.items);
  if (request.query_param("stream") != "true") co_return Response::json(200, std::move(shown));
  CO_TRY(const int64_t after, whole_number(request, "starting_after", -1, 0, 1'000'000'000));
  CO_TRY(std::string events, replayed_response(shown, after));
  Response response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.body = std::move(events);
  response.add_header("cache-control", "no-cache");
  co_return response;
}

Task<Result<Response>> delete_response(const ResponseStore& store, Exchange& exchange) {
  const std::string id(exchange.request().path_param("response_id"));
  CO_TRY_VOID(co_await store.remove(exchange.context().principal, id));
  std::string body;
  json::Writer json(body);
  json.object().key("id").string(id).key("object").string("response");
  json.key("deleted").boolean(true).end_object();
  co_return Response::json(200, std::move(body));
}

Task<Result<Response>> list_input(const ResponseStore& store, Exchange& exchange) {
  const net::Request& request = exchange.request();
  const std::string id(request.path_param("response_id"));
  CO_TRY(const int64_t limit, whole_number(request, "limit", kDefaultPage, 1, kLargestPage));
  const std::string order = request.query_param("order").value_or("desc");
  if (order != "asc" && order != "desc") {
    co_return fail(Code::InvalidArgument, "The parameter \"order\" must be asc or desc.",
                   "Correct it and send the request again.", "order");
  }
  CO_TRY(auto found, co_await store.get(exchange.context().principal, id, Side::Input));
  std::vector<StoredItem>& items = found.items;
  if (order == "desc") std::reverse(items.begin(), items.end());
  size_t begin = 0;
  if (const auto after = request.query_param("after")) {
    const auto at = std::find_if(items.begin(), items.end(),
                                 [&](const StoredItem& item) { return item.id == *after; });
    if (at == items.end()) {
      co_return fail(Code::NotFound, "The response has no item \"" + *after + "\".",
                     "Take the last_id of the page before.", "after");
    }
    begin = static_cast<size_t>(at - items.begin()) + 1;
  }
  const size_t end = std::min(items.size(), begin + static_cast<size_t>(limit));
  std::string body;
  json::Writer json(body);
  json.object().key("object").string("list").key("data").array();
  for (size_t i = begin; i < end; ++i) json.raw(items[i].body);
  json.end_array();
  json.key("first_id").string_or_null(begin < end ? items[begin].id : "");
  json.key("last_id").string_or_null(begin < end ? items[end - 1].id : "");
  json.key("has_more").boolean(end < items.size()).end_object();
  co_return Response::json(200, std::move(body));
}

Task<Result<Response>> cancel(const ResponseStore& store, Exchange& exchange) {
  const std::string id(exchange.request().path_param("response_id"));
  CO_TRY(const auto found, co_await store.get(exchange.context().principal, id, Side::Output));
  co_return fail(Code::InvalidArgument,
                 "The response \"" + found.response.id +
                     "\" was not made in the background: "
                     "there is nothing to cancel.",
                 "Close the connection of a call to stop it.", "response_id");
}

using Handler = Task<Result<Response>> (*)(const ResponseStore&, Exchange&);

}  // namespace

net::Routes stored_routes(const ResponseStore& store) {
  net::Routes routes;
  using In = net::ParameterDoc::In;
  const auto add = [&](Method method, const std::string& path, std::string summary,
                       std::string audit, std::vector<net::ParameterDoc> parameters,
                       Handler handler) {
    for (const std::string prefix : {"/v1", ""}) {
      net::Route route;
      route.method = method;
      route.pattern = prefix + "/responses/{response_id}" + path;
      route.permission = {net::Access::Call, "endpoints"};
      route.surface = tandem::Surface::OpenAi;
      route.hidden = prefix.empty();
      route.tag = "Responses";
      route.summary = summary;
      route.audit_action = audit;
      route.parameters = parameters;
      route.response_schema = R"({"type":"object"})";
      route.handler = [&store, handler](Exchange& exchange) { return handler(store, exchange); };
      routes.push_back(std::move(route));
    }
  };
  add(Method::Get, "", "Show a stored response", "",
      {{"stream", In::Query, "boolean", "As the events of its stream.", false},
       {"starting_after", In::Query, "integer", "Only events with a higher number.", false}},
      get_response);
  add(Method::Delete, "", "Delete a stored response", "responses.delete", {}, delete_response);
  add(Method::Get, "/input_items", "List what a response was asked with", "",
      {{"limit", In::Query, "integer", "How many at most: 1 to 100, else 20.", false},
       {"order", In::Query, "string", "desc (the default) or asc.", false},
       {"after", In::Query, "string", "last_id of the page before.", false}},
      list_input);
  add(Method::Post, "/cancel", "Refused: no response runs in the background", "", {}, cancel);
  return routes;
}

}  // namespace tandem::gateway::responses
