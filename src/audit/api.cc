#include "audit/api.h"

#include <boost/json.hpp>
#include <charconv>

#include "base/error/surface.h"
#include "base/json/writer.h"
#include "base/text/encode.h"
#include "base/time/calendar.h"

namespace tandem::audit {
namespace {

using net::Access;
using net::Exchange;
using net::Method;
using net::ParameterDoc;
using net::Response;
using net::Route;

constexpr std::string_view kPrefix = "/api/tandem/v1/";
// What an answer says that repeats an earlier one: nothing has happened this time.
constexpr std::string_view kReplayed = "idempotent-replayed: true";

Failure bad_parameter(std::string_view name, std::string_view value, std::string_view expected) {
  return fail(Code::InvalidArgument, std::string(name) + " is " + std::string(value) + ".",
              "Expected " + std::string(expected) + ".", std::string(name));
}

Result<std::optional<int64_t>> integer_param(const net::Request& request, std::string_view name) {
  const auto text = request.query_param(name);
  if (!text || text->empty()) return std::nullopt;
  int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, value);
  if (read.ec != std::errc() || read.ptr != end)
    return bad_parameter(name, *text, "a whole number");
  return value;
}

Result<std::optional<WallUs>> time_param(const net::Request& request, std::string_view name) {
  const auto text = request.query_param(name);
  if (!text || text->empty()) return std::nullopt;
  const auto time = time::parse(*text);
  if (!time) return bad_parameter(name, *text, "a time like 2026-11-24T08:15:30Z, or microseconds");
  return time;
}

// The project that the caller may ask about; nullopt: all of them.
Result<std::optional<ProjectId>> project_for(const Principal& principal,
                                             const net::Request& request) {
  const auto text = request.query_param("project");
  if (!text || text->empty()) {
    if (principal.every_project) return std::nullopt;
    return std::optional(principal.project);
  }
  TRY(const ProjectId project, ProjectId::parse(*text));
  if (!principal.every_project && project != principal.project) {
    return fail(Code::PermissionDenied, "The key belongs to another project.",
                "Use a key of that project, or leave `project` out.", "project");
  }
  return std::optional(project);
}

Response json_response(std::string body) {
  return Response::json(200, std::move(body));
}

class Handlers {
 public:
  explicit Handlers(AuditLog& log) : log_(log) {}

  Task<Result<Response>> list(Exchange& exchange) const {
    CO_TRY(EventQuery query, event_query_of(exchange.context().principal, exchange.request()));
    CO_TRY(const EventPage page, co_await log_.list(std::move(query)));
    co_return json_response(page_json(page));
  }

  Task<Result<Response>> verify(Exchange& exchange) const {
    CO_TRY(const auto from, integer_param(exchange.request(), "from"));
    CO_TRY(const auto to, integer_param(exchange.request(), "to"));
    const VerifyRange range{from.value_or(1), to.value_or(INT64_MAX)};
    if (range.from_seq < 1 || range.to_seq < range.from_seq) {
      co_return bad_parameter("from", std::to_string(range.from_seq),
                              "1 or more, and not above `to`");
    }
    CO_TRY(const Verification verification, co_await log_.verify(range));
    co_return json_response(verification_json(verification));
  }

 private:
  AuditLog& log_;
};

constexpr std::string_view kPageSchema = R"({"type":"object","required":["data","next_cursor"],
"properties":{"next_cursor":{"type":["string","null"]},
"data":{"type":"array","items":{"type":"object","properties":{
  "id":{"type":"string"},"seq":{"type":"integer"},
  "time":{"type":"string","format":"date-time"},"time_us":{"type":"integer"},
  "actor":{"type":["string","null"]},"actor_key":{"type":["string","null"]},
  "actor_user":{"type":["string","null"]},"project":{"type":["string","null"]},
  "action":{"type":"string"},"resource":{"type":"string"},
  "outcome":{"type":"string","enum":["success","denied","failure"]},
  "status":{"type":["integer","null"]},"request_id":{"type":["string","null"]},
  "trace_id":{"type":["string","null"]},"details":{"type":"object"},
  "prev_hash":{"type":"string"},"leaf_hash":{"type":"string"},"hash":{"type":"string"}}}}}})";

constexpr std::string_view kVerificationSchema =
    R"({"type":"object","required":["intact","checked"],
"properties":{"intact":{"type":"boolean"},"checked":{"type":"integer"},
"from_seq":{"type":"integer"},"to_seq":{"type":"integer"},
"head_seq":{"type":"integer"},"head_hash":{"type":"string"},
"broken":{"type":["object","null"],"properties":{"seq":{"type":"integer"},
  "damage":{"type":"string",
            "enum":["missing","changed","unchained","head_differs","unexpected"]},
  "message":{"type":"string"}}}}})";

ParameterDoc query(std::string name, std::string type, std::string description) {
  return {std::move(name), ParameterDoc::In::Query, std::move(type), std::move(description), false};
}

Route list_route() {
  Route route;
  route.method = Method::Get;
  route.pattern = "/api/tandem/v1/audit";
  route.permission = {Access::Read, "audit"};
  route.tag = "Audit";
  route.summary = "List audit events, newest first";
  route.description =
      "Who did or decided what. Events are only ever added, and each is chained to the one before "
      "it by its hash; `GET /audit/verify` checks the chain.";
  route.parameters = {
      query("from", "string", "Events at or after this time (RFC 3339 or Unix microseconds)."),
      query("to", "string", "Events before this time."),
      query("actor", "string", "Id of the key or the user who acted."),
      query("action", "string", "`keys.create`, or `keys.*` for everything about keys."),
      query("resource", "string", "`keys/key_01J…`, or a prefix that ends in `*`."),
      query("outcome", "string", "`success`, `denied` or `failure`."),
      query("project", "string", "For the server's admin: one project; without it, all of them."),
      query("limit", "integer", "Events per page: 1 to 1000, 50 by default."),
      query("cursor", "string", "`next_cursor` of the page before.")};
  route.response_schema = kPageSchema;
  return route;
}

Route verify_route() {
  Route route;
  route.method = Method::Get;
  route.pattern = "/api/tandem/v1/audit/verify";
  route.permission = {Access::Admin, "audit"};
  route.tag = "Audit";
  route.summary = "Check that no audit event was changed or removed";
  route.description =
      "Walks the hash chain. `head_hash`, noted elsewhere, lets anybody prove later that the log "
      "up to `head_seq` is still the same.";
  route.parameters = {query("from", "integer", "First event to check; 1 by default."),
                      query("to", "integer", "Last event to check; the newest by default.")};
  route.response_schema = kVerificationSchema;
  return route;
}

Event event_of(const Exchange& exchange, const Result<Response>& response) {
  const net::Request& request = exchange.request();
  const Response* answer = response ? &*response : nullptr;
  Event event = Event::of(exchange.context());
  event.action = exchange.route().audit_action;
  event.resource = resource_of(exchange.route(), request, answer);
  event.status = answer ? answer->status : http_status(response.error());
  event.outcome = outcome_of_status(static_cast<int>(event.status));
  json::Writer json(event.details);
  json.object().key("method").string(request.method()).key("path").string(request.path());
  json.end_object();
  return event;
}

Task<Result<Response>> audited(Exchange& exchange, std::shared_ptr<const net::ApiHandler> handler,
                               AuditLog& log) {
  auto response = co_await (*handler)(exchange);
  if (response && response->header_block.find(kReplayed) != std::string::npos) co_return response;
  auto appended = co_await log.append(event_of(exchange, response));
  CO_TRY_VOID(std::move(appended));
  co_return response;
}

}  // namespace

Result<EventQuery> event_query_of(const Principal& principal, const net::Request& request) {
  EventQuery query;
  TRY(query.project, project_for(principal, request));
  TRY(query.from_us, time_param(request, "from"));
  TRY(query.to_us, time_param(request, "to"));
  query.actor = request.query_param("actor").value_or("");
  query.action = request.query_param("action").value_or("");
  query.resource = request.query_param("resource").value_or("");
  query.outcome = request.query_param("outcome").value_or("");
  const bool known = query.outcome.empty() || query.outcome == "success" ||
                     query.outcome == "denied" || query.outcome == "failure";
  if (!known) return bad_parameter("outcome", query.outcome, "success, denied or failure");
  TRY(const auto limit, integer_param(request, "limit"));
  query.limit = limit.value_or(kDefaultEvents);
  query.cursor = request.query_param("cursor").value_or("");
  return query;
}

void write_event(std::string& out, const StoredEvent& stored) {
  const Event& event = stored.event;
  const std::string& actor = event.actor_user.empty() ? event.actor_key : event.actor_user;
  json::Writer json(out);
  json.object().key("id").string(stored.id).key("seq").integer(stored.seq);
  json.key("time").string(to_rfc3339(event.time_us)).key("time_us").integer(event.time_us);
  json.key("actor").string_or_null(actor).key("actor_key").string_or_null(event.actor_key);
  json.key("actor_user").string_or_null(event.actor_user);
  json.key("project").string_or_null(event.project);
  json.key("action").string(event.action).key("resource").string(event.resource);
  json.key("outcome").string(stored.outcome).key("status");
  event.status == 0 ? json.null() : json.integer(event.status);
  json.key("request_id").string_or_null(event.request_id);
  json.key("trace_id").string_or_null(event.trace_id);
  json.key("details").raw(event.details.empty() ? "{}" : event.details);
  json.key("prev_hash").string(text::to_hex(stored.prev_hash));
  json.key("leaf_hash").string(text::to_hex(stored.leaf_hash));
  json.key("hash").string(text::to_hex(stored.hash)).end_object();
}

std::string page_json(const EventPage& page) {
  std::string out = R"({"data":[)";
  for (size_t i = 0; i < page.events.size(); ++i) {
    if (i > 0) out += ',';
    write_event(out, page.events[i]);
  }
  out += R"(],"next_cursor":)";
  json::Writer(out).string_or_null(page.next_cursor);
  out += '}';
  return out;
}

std::string verification_json(const Verification& verification) {
  std::string out;
  json::Writer json(out);
  json.object().key("intact").boolean(verification.intact());
  json.key("checked").integer(verification.checked);
  json.key("from_seq").integer(verification.from_seq).key("to_seq").integer(verification.to_seq);
  json.key("head_seq").integer(verification.head_seq);
  json.key("head_hash").string(text::to_hex(verification.head_hash)).key("broken");
  if (const auto& broken = verification.broken) {
    json.object().key("seq").integer(broken->seq).key("damage").string(name_of(broken->damage));
    json.key("message").string(meaning_of(broken->damage)).end_object();
  } else {
    json.null();
  }
  json.end_object();
  return out;
}

net::Routes audit_routes(AuditLog& log) {
  net::Routes routes;
  routes.push_back(list_route());
  routes.back().handler = [handlers = Handlers(log)](Exchange& exchange) {
    return handlers.list(exchange);
  };
  routes.push_back(verify_route());
  routes.back().handler = [handlers = Handlers(log)](Exchange& exchange) {
    return handlers.verify(exchange);
  };
  return routes;
}

std::string resource_of(const Route& route, const net::Request& request, const Response* response) {
  if (route.method == Method::Post && response && response->status == 201) {
    boost::system::error_code error;
    const boost::json::value body = boost::json::parse(response->body, error);
    const boost::json::object* object = error ? nullptr : body.if_object();
    const boost::json::value* id = object ? object->if_contains("id") : nullptr;
    if (id && id->is_string()) {
      return route.permission.noun + "/" + std::string(id->get_string());
    }
  }
  std::string_view resource = request.path();
  if (resource.starts_with(kPrefix)) resource.remove_prefix(kPrefix.size());
  return std::string(resource);
}

void audit_mutations(net::Routes& routes, AuditLog& log) {
  for (Route& route : routes) {
    if (route.audit_action.empty() || !route.handler) continue;
    const auto inner = std::make_shared<const net::ApiHandler>(std::move(route.handler));
    route.handler = [inner, &log](Exchange& exchange) { return audited(exchange, inner, log); };
  }
}

}  // namespace tandem::audit
