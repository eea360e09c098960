#include "trace/api.h"

#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <chrono>

#include "base/async/token.h"
#include "base/text/encode.h"
#include "trace/api_schema.h"

namespace tandem::trace {
namespace {

using net::Access;
using net::Exchange;
using net::Method;
using net::ParameterDoc;
using net::Response;
using net::Route;

constexpr std::chrono::milliseconds kLookAgain{5};
constexpr int kLooks = 20;

Failure bad_parameter(std::string_view name, std::string_view value, std::string_view expected) {
  return fail(Code::InvalidArgument, std::string(name) + " is " + std::string(value) + ".",
              "Expected " + std::string(expected) + ".", std::string(name));
}

Result<int64_t> integer_param(const net::Request& request, std::string_view name,
                              int64_t otherwise) {
  const auto text = request.query_param(name);
  if (!text || text->empty()) return otherwise;
  int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, value);
  if (read.ec != std::errc() || read.ptr != end)
    return bad_parameter(name, *text, "a whole number");
  return value;
}

Result<bool> boolean_param(const net::Request& request, std::string_view name) {
  const auto text = request.query_param(name);
  if (!text || text->empty() || *text == "false" || *text == "0") return false;
  if (*text == "true" || *text == "1") return true;
  return bad_parameter(name, *text, "true or false");
}

// Ends when what was recorded until now is written, or after a tenth of a second.
Task<void> wait_for(Recorder& recorder) {
  const auto mark = recorder.hurry();
  if (!mark) co_return;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (int i = 0; i < kLooks && !recorder.is_past(*mark); ++i) {
    timer.expires_after(kLookAgain);
    auto [ignored] = co_await timer.async_wait(kToken);
    (void)ignored;
  }
}

Error trace_not_found(const TraceId& id) {
  return Error(Code::NotFound, "No trace has the id " + id.hex() + " in this project.",
               "Spans appear within 100 ms of the end of their call, and go when they are older "
               "than the retention; an endpoint with `capture: none` makes none.",
               "trace_id");
}

class Handlers {
 public:
  explicit Handlers(const TraceApi& api) : api_(api) {}

  Task<Result<Response>> list(Exchange& exchange) const {
    CO_TRY(ListQuery query, list_query_of(exchange.context().principal, exchange.request()));
    CO_TRY(std::string body, co_await api_.store.list_json(std::move(query)));
    co_return Response::json(200, std::move(body));
  }

  Task<Result<Response>> get(Exchange& exchange) const {
    CO_TRY(const DetailQuery query,
           detail_query_of(exchange.context().principal, exchange.request()));
    CO_TRY(std::optional<std::string> body, co_await api_.store.find_json(query));
    if (!body && api_.recorder != nullptr) {
      co_await wait_for(*api_.recorder);
      CO_TRY(body, co_await api_.store.find_json(query));
    }
    if (!body) co_return fail(trace_not_found(query.trace_id));
    co_return Response::json(200, *std::move(body));
  }

 private:
  TraceApi api_;
};

ParameterDoc query_doc(std::string name, std::string type, std::string description) {
  return {std::move(name), ParameterDoc::In::Query, std::move(type), std::move(description), false};
}

ParameterDoc project_doc() {
  return query_doc("project", "string",
                   "For the server's admin: one project; without it, all of them.");
}

Route list_route() {
  Route route;
  route.method = Method::Get;
  route.pattern = "/api/tandem/v1/traces";
  route.permission = {Access::Read, "traces"};
  route.tag = "Traces";
  route.summary = "List traces, newest first";
  route.description = std::string(list_description());
  route.parameters = {
      query_doc("filter", "string",
                "Terms joined by `and`: `status = \"error\" and duration_ms > 1500 and text "
                "contains \"refund\"`."),
      query_doc("order", "string",
                "One of `start_us`, `duration_ms`, `cost_nano_usd`, `input_tokens`, "
                "`output_tokens`, `error_count`; `-` before it or ` desc` after it turns it round. "
                "`-start_us` by default."),
      query_doc("limit", "integer", "Traces per page: 1 to 1000, 50 by default."),
      query_doc("cursor", "string", "`next_cursor` of the page before, with the same filter."),
      query_doc("count", "boolean", "Also answer `total_traces` and `total_spans` of the filter."),
      project_doc()};
  route.response_schema = std::string(list_schema());
  return route;
}

Route get_route() {
  Route route;
  route.method = Method::Get;
  route.pattern = "/api/tandem/v1/traces/{trace_id}";
  route.permission = {Access::Read, "traces"};
  route.tag = "Traces";
  route.summary = "Get one trace with its spans, the root first";
  route.description =
      "Totals are the sums over spans whose usage is `counted`: a parent that repeats what its "
      "children used is not counted again.";
  route.parameters = {
      {"trace_id", ParameterDoc::In::Path, "string", "W3C trace id, 32 hexadecimal digits.", true},
      query_doc("limit", "integer", "Spans per page: 1 to 10000, 1000 by default; 0: all spans."),
      query_doc("cursor", "string", "`next_cursor` of the page before."),
      project_doc()};
  route.response_schema = std::string(trace_schema());
  return route;
}

}  // namespace

Result<Scope> scope_of(const Principal& principal, const net::Request& request) {
  const auto text = request.query_param("project");
  if (!text || text->empty()) {
    return principal.every_project ? Scope::every(principal.project) : Scope::of(principal.project);
  }
  TRY(const ProjectId project, ProjectId::parse(*text));
  if (!principal.every_project && project != principal.project) {
    return fail(Code::PermissionDenied, "The key belongs to another project.",
                "Use a key of that project, or leave `project` out.", "project");
  }
  return Scope::of(project);
}

Result<ListQuery> list_query_of(const Principal& principal, const net::Request& request) {
  TRY(const Scope scope, scope_of(principal, request));
  ListQuery query{scope};
  query.filter_text = request.query_param("filter").value_or("");
  TRY(query.filter, parse_filter(query.filter_text));
  TRY(query.order, parse_order(request.query_param("order").value_or("")));
  TRY(query.limit, integer_param(request, "limit", limits::kDefaultTraces));
  query.cursor = request.query_param("cursor").value_or("");
  TRY(const bool count, boolean_param(request, "count"));
  query.count = count ? Count::Yes : Count::No;
  return query;
}

Result<DetailQuery> detail_query_of(const Principal& principal, const net::Request& request) {
  TRY(const Scope scope, scope_of(principal, request));
  DetailQuery query{scope};
  const std::string id = text::to_ascii_lower(request.path_param("trace_id"));
  const auto trace_id = TraceId::parse(id);
  if (!trace_id) return bad_parameter("trace_id", id, "32 hexadecimal digits, not all zero");
  query.trace_id = *trace_id;
  TRY(query.limit, integer_param(request, "limit", limits::kDefaultSpans));
  query.cursor = request.query_param("cursor").value_or("");
  return query;
}

net::Routes trace_routes(const TraceApi& api) {
  net::Routes routes;
  routes.push_back(list_route());
  routes.back().handler = [handlers = Handlers(api)](Exchange& exchange) {
    return handlers.list(exchange);
  };
  routes.push_back(get_route());
  routes.back().handler = [handlers = Handlers(api)](Exchange& exchange) {
    return handlers.get(exchange);
  };
  return routes;
}

}  // namespace tandem::trace
