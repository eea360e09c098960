#include "gateway/responses/surface.h"

#include "base/crypto/random.h"
#include "base/error/surface.h"
#include "base/json/tree.h"
#include "base/json/writer.h"
#include "base/text/encode.h"
#include "gateway/repeated_call.h"
#include "gateway/responses/dialect.h"
#include "gateway/responses/kept.h"
#include "gateway/responses/request.h"
#include "gateway/responses/response.h"
#include "gateway/translation.h"
#include "net/sse/encoder.h"

namespace tandem::gateway::responses {
namespace {

constexpr std::string_view kStored = "\"store\":true";  // what an echo begins with
constexpr std::string_view kNotStored = "\"store\":false";

std::string new_id() {
  std::array<uint8_t, 16> bytes{};
  crypto::fill_random(bytes);
  return "resp_" + text::to_hex(bytes);
}

bool may_refer(std::string_view body) {
  return body.find("previous_response_id") != std::string_view::npos ||
         body.find("item_reference") != std::string_view::npos;
}

// The last event of a stream, else the answer itself.
std::string_view response_in(std::string_view answer, bool stream) {
  if (!stream) return answer;
  constexpr std::string_view kData = "\ndata: ";
  const size_t at = answer.rfind(kData);
  if (at == std::string_view::npos) return {};
  answer.remove_prefix(at + kData.size());
  return answer.substr(0, answer.find('\n'));
}

}  // namespace

ResponsesSurface::ResponsesSurface(const ResponseStore& store, const RequestContext& context,
                                   std::string body)
    : store_(&store), context_(&context), body_(std::move(body)) {}

Task<void> ResponsesSurface::load() {
  if (!may_refer(body_)) co_return;
  links_ = links_of(body_);
  if (links_.empty()) co_return;
  loaded_ = co_await store_->load(context_->principal, links_);
}

Result<Call> ResponsesSurface::read(net::Exchange& exchange) const {
  net::Request& request = exchange.request();
  if (!loaded_) return fail(loaded_.error());
  TRY(Call call,
      read_request(links_.empty() ? body_
                                  : expand(body_, links_, loaded_->earlier, loaded_->items)));
  call.bytes_in = request.wire_body_bytes();
  call.wants_cost = text::equal_ignoring_case(request.header("x-tandem-include-cost"), "true");
  if (const auto session = request.header("x-session-id"); !session.empty()) {
    call.session_id = session;
  }
  call.answer_id = new_id();
  return call;
}

const messages::Dialect* ResponsesSurface::dialect() const {
  return &client_dialect();
}

Result<Rendered> ResponsesSurface::render(const Call& call, AttemptResult& result,
                                          const std::string&, OutputGate* gate) const {
  return translate_answer(provider_dialect(), client_dialect(), call, result, gate);
}

std::unique_ptr<AnswerStream> ResponsesSurface::open_stream(StreamOptions options,
                                                            OutputGate* gate) const {
  return std::make_unique<TranslatedStream>(provider_dialect(), client_dialect(),
                                            std::move(options), gate);
}

// With the fields of the API's error event, and with the object that clients look for in order to
// raise what it says.
std::string ResponsesSurface::stream_error(const Error& error, std::string_view trace_id,
                                           std::string_view request_id, int64_t events) const {
  const std::string body = error_body(tandem::Surface::OpenAi, error, trace_id, request_id);
  const auto document = json::parse(body);
  const json::Value* said = document ? document->root().find("error") : nullptr;
  std::string data;
  json::Writer json(data);
  json.object().key("type").string("error").key("sequence_number").integer(events);
  json.key("code").string(surface_code(error));
  json.key("message").string(said ? said->find_text("message") : error.message);
  json.key("param").string_or_null(error.param);
  if (said) json.key("error").raw(said->raw);
  json.end_object();
  std::string out;
  net::append_sse_event(out, "error", data);
  return out;
}

void ResponsesSurface::admitted(Call& call, const EndpointConfig& endpoint) const {
  if (!store_) return;
  const std::string body = call.redactions.apply(call.body);
  bool stored = wants_store(body);
  if (stored && store_->config().keep_days == 0) {
    stored = false;
    store_->count_not_kept("off");
  } else if (stored && !trace::keeps_content(endpoint.capture)) {
    stored = false;
    store_->count_not_kept("capture");
  }
  auto echo = echo_of(body, stored);
  if (echo) call.answer_echo = *std::move(echo);
}

Task<void> ResponsesSurface::keep(const Call& call, std::string& answer) const {
  if (!call.answer_echo.starts_with(kStored)) co_return;
  auto kept = kept_response(response_in(answer, call.stream), call.redactions.apply(call.body),
                            loaded_ ? loaded_->earlier.size() : 0);
  bool done = false;
  if (kept && kept_bytes(*kept) > static_cast<size_t>(store_->config().max_bytes)) {
    store_->count_not_kept("size");
  } else if (kept) {
    kept->project = context_->project().str();
    kept->endpoint = call.endpoint;
    kept->created_us = wall_now_us();
    kept->previous_id = links_.previous_id;
    done = co_await store_->keep(*std::move(kept));
  } else {
    store_->count_not_kept("malformed");
  }
  if (done) co_return;
  const size_t at = answer.rfind(kStored);
  if (at != std::string::npos) answer.replace(at, kStored.size(), kNotStored);
}

Result<Call> ResponsesSurface::probe(std::string_view text) const {
  std::string body = R"({"model":"probe","input":[{"role":"user","content":)";
  json::append_string(body, text);
  return read_request(body + "}]}");
}

Task<Result<void>> answer(const PathServices& services, const ResponseStore& store,
                          net::Exchange& exchange) {
  ResponsesSurface surface(store, exchange.context(), exchange.request().body());
  co_await surface.load();
  co_return co_await answer_once(services, exchange, surface);
}

}  // namespace tandem::gateway::responses
