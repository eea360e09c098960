#include "net/session.h"

#include "base/error/error_table.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text/encode.h"

namespace tandem::net {
namespace {

// A head must be read before its route is known, whose own limit then counts: until there, what the
// largest takes.
constexpr ParserLimits kParserLimits{limits::kMaxHeaderBytes, limits::kMaxHeaderCount,
                                     limits::kMaxUploadBytes};
// Slower than this over a whole body is an attack or a dead line, not a client.
constexpr int64_t kLeastBodyBytesPerSecond = 4 * 1024;

struct NoBody final : BodySink {
  Result<void> on_body(std::string_view) override { return {}; }
};

struct CollectBody final : BodySink {
  CollectBody(std::string& body, Inflater* unpacker) : out(body), inflater(unpacker) {}
  Result<void> on_body(std::string_view bytes) override {
    wire_bytes += bytes.size();
    if (inflater) return inflater->feed(bytes, out);
    out += bytes;
    return {};
  }
  std::string& out;
  Inflater* inflater;
  uint64_t wire_bytes = 0;
};

void start_trace(RequestContext& context, const Headers& headers) {
  const auto continued = TraceContext::from_traceparent(headers.find("traceparent"));
  context.trace = continued ? *continued : TraceContext::root();
}

}  // namespace

Session::Session(std::shared_ptr<Connection> connection, const SessionEnvironment& environment)
    : connection_(std::move(connection)),
      environment_(environment),
      parser_(MessageParser::Kind::Request, kParserLimits) {}

void Session::drain() {
  draining_ = true;
  if (idle_) connection_->close();
}

void Session::close() {
  connection_->close();
}

void Session::cancel() {
  if (current_) current_->context().cancel.fire();
}

Task<void> Session::run() {
  while (keep_alive_ && !draining_) {
    idle_ = connection_->buffered().empty();
    parser_.reset();
    inflater_.reset();
    wire_body_bytes_ = 0;
    const bool got_head = co_await read_head();
    idle_ = false;
    first_ = false;
    if (!got_head) break;
    co_await serve_one();
  }
  if (!connection_->ended() && connection_->stream().is_open()) co_await close_gently();
  connection_->close();
}

// False where there is nothing (more) to serve; malformed and slow heads are answered here.
Task<bool> Session::read_head() {
  const SteadyUs now_us = steady_now_us();
  bool begun = !connection_->buffered().empty();
  DeadlineWatch watch(
      connection_->thread().deadlines(),
      Deadline::after_ms(begun || first_ ? limits::kHeaderTimeoutMs : limits::kKeepAliveMs, now_us),
      [this] { connection_->close(); });
  NoBody no_body;
  while (true) {
    if (!connection_->buffered().empty()) {
      if (!begun) {
        begun = true;
        idle_ = false;
        watch.move_to(Deadline::after_ms(limits::kHeaderTimeoutMs, steady_now_us()));
      }
      auto used = parser_.feed(connection_->buffered(), no_body);
      if (!used) {
        Exchange exchange(*connection_, connection_->thread());
        exchange.context_.request_id = RequestId::make("req");
        exchange.context_.trace = TraceContext::root();
        keep_alive_ = false;
        co_await answer_error(exchange, std::move(used).error());
        co_return false;
      }
      connection_->consume(*used);
      if (parser_.head_done()) co_return true;
    }
    if (!co_await connection_->read_more()) co_return false;
  }
}

// Everything about a request that its head decides: ids, route, right, size, encoding.
Result<const Route*> Session::prepare(Exchange& exchange) {
  const MessageHead& head = parser_.head();
  RequestContext& context = exchange.context_;
  context.request_id = RequestId::make("req");
  context.started_us = wall_now_us();
  context.started_steady_us = steady_now_us();
  start_trace(context, head.headers);
  Request& request = exchange.request_;
  request.method_ = head.method;
  request.headers_ = &head.headers;
  std::string_view target = head.target;
  if (target.rfind("http://", 0) == 0) {  // absolute form, as proxies send it
    const size_t slash = target.find('/', 7);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  const size_t question = std::min(target.find('?'), target.size());
  request.path_ = target.substr(0, question);
  request.query_ = question < target.size() ? target.substr(question + 1) : std::string_view();
  exchange.head_request_ = head.method == "HEAD";
  exchange.http_1_0_ = head.minor_version == 0;
  keep_alive_ = head.keep_alive;
  if (request.path_.empty() || request.path_.front() != '/' ||
      target.size() > limits::kMaxTargetBytes) {
    return fail(Code::InvalidArgument, "The request target is not a path.");
  }
  TRY(const Route* route,
      environment_.router.find(request.method_, request.path_, request.path_params_));
  exchange.route_ = route;
  TRY_VOID(environment_.gatekeeper.admit(*route, request, context));
  parser_.set_max_body_bytes(route->max_body_bytes);
  if (head.content_length && *head.content_length > route->max_body_bytes) {
    return fail(Code::PayloadTooLarge, "The body has " + std::to_string(*head.content_length) +
                                           " bytes; " + route->pattern + " takes at most " +
                                           std::to_string(route->max_body_bytes) + ".");
  }
  TRY(const ContentCoding coding, parse_content_coding(request.header("content-encoding")));
  if (coding != ContentCoding::Identity) {
    inflater_ = std::make_unique<Inflater>(coding, route->max_body_bytes);
  }
  return route;
}

Task<void> Session::serve_one() {
  Exchange exchange(*connection_, connection_->thread());
  const auto route = prepare(exchange);
  exchange.keep_alive_ = keep_alive_ = keep_alive_ && !draining_;
  const bool wants_continue =
      text::equal_ignoring_case(exchange.request_.header("expect"), "100-continue");
  if (!route) {
    // The body was not read: with one under way the connection cannot be used again.
    if (!parser_.done() && (parser_.head().chunked || parser_.head().content_length)) {
      exchange.keep_alive_ = keep_alive_ = false;
    }
    co_await answer_error(exchange, route.error());
  } else {
    if (wants_continue && !parser_.done()) {
      const std::string_view go_on[] = {"HTTP/1.1 100 Continue\r\n\r\n"};
      (void)co_await connection_->write(go_on);
    }
    current_ = &exchange;
    auto outcome = co_await invoke(exchange, **route);
    connection_->set_cancel(nullptr);
    current_ = nullptr;
    if (!outcome && !exchange.finished_) {
      if (exchange.started_)
        exchange.abort();
      else
        co_await answer_error(exchange, std::move(outcome).error());
    }
    if (!parser_.done()) exchange.keep_alive_ = false;
  }
  keep_alive_ = exchange.keep_alive_;
  if (environment_.observer) {
    const int64_t took_us = steady_now_us() - exchange.context_.started_steady_us;
    environment_.observer->finished(exchange.route_, exchange.status_, took_us);
  }
}

Task<Result<void>> Session::invoke(Exchange& exchange, const Route& route) {
  if (route.body_mode == BodyMode::Whole) {
    CO_TRY_VOID(co_await read_whole_body(exchange));
  } else {
    exchange.body_reader_ = [this, &exchange] { return read_body_piece(exchange); };
  }
  connection_->start_reading();
  connection_->set_cancel(&exchange.context_.cancel);
  if (route.stream_handler) {
    co_return co_await route.stream_handler(exchange);
  }
  auto response = co_await route.handler(exchange);
  if (!response) co_return fail(std::move(response).error());
  co_return co_await exchange.respond(*std::move(response));
}

// Reads more of the body from the socket into parser and sink; false once it is complete.
Task<Result<bool>> Session::feed_body() {
  const bool arrived = co_await connection_->read_more();
  if (arrived) co_return true;
  co_return fail(Code::RequestTimeout, "The body of the request did not arrive whole.",
                 "Send as many bytes as content-length says, at more than 4 KiB/s.");
}

Task<Result<void>> Session::read_whole_body(Exchange& exchange) {
  if (parser_.done()) co_return Result<void>{};
  Request& request = exchange.request_;
  CollectBody sink(request.body_, inflater_.get());
  const uint64_t announced = parser_.head().content_length.value_or(0);
  request.body_.reserve(std::min<uint64_t>(announced, 1024 * 1024));
  const SteadyUs begun_us = steady_now_us();
  DeadlineWatch watch(connection_->thread().deadlines(),
                      Deadline::after_ms(limits::kBodyStallMs, begun_us),
                      [this] { connection_->stream().close(); });
  while (true) {
    CO_TRY(const size_t used, parser_.feed(connection_->buffered(), sink));
    connection_->consume(used);
    if (parser_.done()) break;
    CO_TRY_VOID(co_await feed_body());
    const SteadyUs now_us = steady_now_us();
    const auto seconds = (now_us - begun_us) / 1'000'000;
    const auto received = static_cast<int64_t>(sink.wire_bytes);
    if (seconds > 60 && received / seconds < kLeastBodyBytesPerSecond) {
      co_return fail(Code::RequestTimeout, "The body of the request comes too slowly.");
    }
    watch.move_to(Deadline::after_ms(limits::kBodyStallMs, now_us));
  }
  request.wire_body_bytes_ = sink.wire_bytes;
  if (inflater_) CO_TRY_VOID(inflater_->finish());
  co_return Result<void>{};
}

Task<Result<std::string_view>> Session::read_body_piece(Exchange& exchange) {
  piece_.clear();
  CollectBody sink(piece_, inflater_.get());
  DeadlineWatch watch(connection_->thread().deadlines(),
                      Deadline::after_ms(limits::kBodyStallMs, steady_now_us()),
                      [this] { connection_->stream().close(); });
  while (piece_.empty() && !parser_.done()) {
    CO_TRY(const size_t used, parser_.feed(connection_->buffered(), sink));
    connection_->consume(used);
    if (!piece_.empty() || parser_.done()) break;
    CO_TRY_VOID(co_await feed_body());
  }
  exchange.request_.wire_body_bytes_ += sink.wire_bytes;
  if (piece_.empty() && inflater_) CO_TRY_VOID(inflater_->finish());
  connection_->start_reading();
  co_return std::string_view(piece_);
}

Task<void> Session::answer_error(Exchange& exchange, Error error) {
  RequestContext& context = exchange.context_;
  const Surface surface = exchange.route_ ? exchange.route_->surface
                                          : environment_.router.surface_of(exchange.request_.path_);
  const std::string trace_id = context.trace.trace_id.hex();
  const ErrorRow& row = error_row(error.code);
  if (log::enabled(row.log_level) && row.log_level >= LogLevel::Warn) {
    log::write(row.log_level, "net",
               std::string(exchange.request_.method_) + " " + std::string(exchange.request_.path_) +
                   ": " + error.describe(),
               trace_id);
  }
  Response response;
  response.status = http_status(error);
  response.body = error_body(surface, error, trace_id, context.request_id.view());
  response.header_block = exchange.error_headers_;
  if (surface == Surface::Plain) response.content_type = "text/plain; charset=utf-8";
  if (error.retry_after_s) {
    response.add_header("retry-after", std::to_string(*error.retry_after_s));
  }
  // Clients try these statuses again unless they are told not to.
  const int status = response.status;
  const bool tried_again = status == 408 || status == 409 || status == 429 || status >= 500;
  if (row.retry == Retry::Never && tried_again && !error.retry_after_s && !error.upstream_status) {
    response.add_header("x-should-retry", "false");
  }
  if (response.status == 401) response.add_header("www-authenticate", "Bearer realm=\"tandem\"");
  if (response.status == 405 && exchange.route_ == nullptr) {  // RFC 9110, 15.5.6
    response.add_header("allow", environment_.router.allowed(exchange.request_.path_));
  }
  (void)co_await exchange.respond(std::move(response));
}

// Closing with unread bytes makes the kernel send a reset, which can destroy an answer that the
// client has not read yet. So: say that we are done, and throw away what still comes for a moment.
Task<void> Session::close_gently() {
  constexpr size_t kMostDiscarded = 16 * 1024 * 1024;
  connection_->stream().shutdown_send();
  DeadlineWatch watch(connection_->thread().deadlines(), Deadline::after_ms(1'000, steady_now_us()),
                      [this] { connection_->close(); });
  size_t discarded = 0;
  while (discarded < kMostDiscarded) {
    discarded += connection_->buffered().size();
    connection_->consume(connection_->buffered().size());
    if (!co_await connection_->read_more()) break;
  }
}

}  // namespace tandem::net
