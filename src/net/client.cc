#include "net/client.h"

#include <boost/asio/connect.hpp>
#include <deque>
#include <optional>
#include <unordered_map>

#include "base/async/token.h"
#include "base/limits.h"
#include "net/dns_cache.h"
#include "net/io/socket_holder.h"
#include "net/io/stream.h"
#include "net/public_address.h"

namespace tandem::net {
namespace {

namespace asio = boost::asio;

constexpr size_t kReadBuffer = 16 * 1024;
constexpr ParserLimits kResponseLimits{limits::kMaxHeaderBytes, limits::kMaxHeaderCount,
                                       UINT64_MAX};

struct OriginHash {
  size_t operator()(const Origin& origin) const {
    const std::hash<std::string_view> hash;
    return hash(origin.host) * 31 + hash(origin.port) * 2 + (origin.tls ? 1 : 0);
  }
};

// One connection to an upstream with its input buffer and parser, reused between calls.
struct Upstream {
  explicit Upstream(std::unique_ptr<SocketHolder> socket)
      : stream(std::move(socket)),
        parser(MessageParser::Kind::Response, kResponseLimits),
        buffer(kReadBuffer) {}
  Stream stream;
  MessageParser parser;
  std::vector<char> buffer;
  size_t begin = 0;
  size_t end = 0;
  SteadyUs idle_since_us = 0;
};

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

struct NoBody final : BodySink {
  Result<void> on_body(std::string_view) override { return {}; }
};

}  // namespace

struct Client::State {
  State(IoThread& t, ClientOptions o) : thread(t), options(std::move(o)), dns(t) {}
  IoThread& thread;
  ClientOptions options;
  DnsCache dns;
  std::unordered_map<Origin, std::deque<std::unique_ptr<Upstream>>, OriginHash> idle;

  std::unique_ptr<Upstream> take_idle(const Origin& origin) {
    const auto found = idle.find(origin);
    if (found == idle.end()) return nullptr;
    auto& pool = found->second;
    const SteadyUs now_us = steady_now_us();
    while (!pool.empty()) {
      auto upstream = std::move(pool.back());  // the warmest first
      pool.pop_back();
      const bool fresh = now_us - upstream->idle_since_us < options.max_idle_ms * 1000;
      if (fresh && !upstream->stream.is_stale()) return upstream;
    }
    return nullptr;
  }

  void give_back(const Origin& origin, std::unique_ptr<Upstream> upstream) {
    auto& pool = idle[origin];
    const SteadyUs now_us = steady_now_us();
    while (!pool.empty() && now_us - pool.front()->idle_since_us > options.max_idle_ms * 1000) {
      pool.pop_front();
    }
    if (pool.size() >= options.max_idle_per_origin) return;
    upstream->idle_since_us = now_us;
    pool.push_back(std::move(upstream));
  }
};

namespace {

// Closes the upstream when a deadline passes or the call is cancelled, and remembers which it was.
class Watchdog {
 public:
  Watchdog(IoThread& thread, Deadline total, CancelSource* cancel)
      : total_(total), watch_(thread.deadlines(), total, [this] {
          timed_out_ = true;
          close();
        }) {
    if (cancel)
      on_cancel_.emplace(*cancel, [this] {
        cancelled_ = true;
        close();
      });
  }
  void guard(Upstream* upstream, std::function<void()> close_other = {}) {
    upstream_ = upstream;
    close_other_ = std::move(close_other);
    if (cancelled_ || timed_out_) close();
  }
  void allow_ms(int64_t ms) {
    if (ms <= 0) return watch_.move_to(total_);
    watch_.move_to(Deadline::after_ms(ms, steady_now_us()).earlier(total_));
  }
  bool cancelled() const { return cancelled_; }
  bool timed_out() const { return timed_out_; }

  Error explain(const Origin& origin, std::string_view doing, const std::string& cause) const {
    const std::string where = origin.host + ":" + origin.port;
    if (cancelled_) return Error(Code::Cancelled, "The call was cancelled.");
    if (timed_out_) {
      return Error(Code::DeadlineExceeded, where + " took too long (" + std::string(doing) + ").");
    }
    return Error(Code::UpstreamError,
                 where + " failed while " + std::string(doing) + ": " + cause + ".");
  }

 private:
  void close() {
    if (upstream_) upstream_->stream.close();
    if (close_other_) close_other_();
  }
  Deadline total_;
  Upstream* upstream_ = nullptr;
  std::function<void()> close_other_;
  bool cancelled_ = false;
  bool timed_out_ = false;
  DeadlineWatch watch_;
  std::optional<CancelCallback> on_cancel_;
};

class Response final : public ClientResponse {
 public:
  Response(std::shared_ptr<Client::State> state, const Origin& origin, ClientTimeouts timeouts,
           CancelSource* cancel)
      : state_(std::move(state)),
        origin_(origin),
        timeouts_(timeouts),
        watchdog_(state_->thread, timeouts.total, cancel) {}
  ~Response() override { recycle(); }

  const MessageHead& head() const override { return upstream_->parser.head(); }
  void set_idle_ms(int64_t ms) override { timeouts_.idle_ms = ms; }
  int64_t waited_us() const override { return waited_us_; }
  uint64_t bytes_received() const override { return bytes_received_; }
  Task<Result<std::string_view>> read() override;
  std::optional<Result<std::string_view>> read_ready() override;

  Task<Result<void>> connect();
  Task<Result<void>> exchange(const ClientRequest& request);
  bool use_idle() {
    upstream_ = state_->take_idle(origin_);
    watchdog_.guard(upstream_.get());
    return upstream_ != nullptr;
  }
  bool written() const { return written_; }
  bool got_any_byte() const { return bytes_received_ > 0; }
  bool stopped() const { return watchdog_.cancelled() || watchdog_.timed_out(); }

 private:
  struct CollectPieces final : BodySink {
    explicit CollectPieces(std::vector<std::string_view>& list) : pieces(list) {}
    Result<void> on_body(std::string_view bytes) override {
      if (!bytes.empty()) pieces.push_back(bytes);
      return {};
    }
    std::vector<std::string_view>& pieces;
  };

  Task<Result<bool>> receive(int64_t within_ms, std::string_view doing);
  Error failure(std::string_view doing, const std::string& cause) const {
    return watchdog_.explain(origin_, doing, cause);
  }
  void recycle();

  std::shared_ptr<Client::State> state_;
  const Origin& origin_;  // of the request; outlives the response
  ClientTimeouts timeouts_;
  std::unique_ptr<Upstream> upstream_;
  Watchdog watchdog_;
  std::vector<std::string_view> pieces_;  // views into the buffer, parsed and not yet read
  size_t next_piece_ = 0;
  int64_t waited_us_ = 0;
  uint64_t bytes_received_ = 0;
  bool written_ = false;  // the request, all of it
  bool failed_ = false;
  bool peer_ended_ = false;
};

Task<Result<void>> Response::connect() {
  const SteadyUs begun_us = steady_now_us();
  watchdog_.allow_ms(timeouts_.connect_ms);
  Socket socket(state_->thread.io().get_executor());
  watchdog_.guard(nullptr, [&socket] {
    boost::system::error_code ignored;
    socket.close(ignored);
  });
  auto endpoints = co_await state_->dns.resolve(origin_.host, origin_.port);
  if (!endpoints) co_return fail(std::move(endpoints).error());
  boost::system::error_code error = asio::error::host_not_found;
  for (const Endpoint& endpoint : *endpoints) {
    const Tcp::endpoint address(asio::ip::make_address(endpoint.address), endpoint.port);
    boost::system::error_code ignored;
    socket.close(ignored);
    if (stopped()) break;
    if (state_->options.public_only && !is_public_address(endpoint.address)) {
      error = asio::error::access_denied;
      continue;
    }
    auto [connect_error] = co_await socket.async_connect(address, kToken);
    error = connect_error;
    if (!error) break;
  }
  watchdog_.guard(nullptr);
  waited_us_ += steady_now_us() - begun_us;
  if (error == asio::error::access_denied && state_->options.public_only) {
    co_return fail(Code::PermissionDenied, origin_.host + " has no public address.",
                   "Only public addresses are allowed here.");
  }
  if (error || stopped()) {
    co_return fail(failure("connecting", error ? error.message() : "stopped"));
  }
  upstream_ = std::make_unique<Upstream>(std::make_unique<SocketHolder>(std::move(socket)));
  watchdog_.guard(upstream_.get());
  if (origin_.tls) {
    if (!state_->options.tls) {
      co_return fail(Code::Internal, "https is not set up for this client.");
    }
    auto secured = co_await upstream_->stream.tls_connect(*state_->options.tls, origin_.host);
    waited_us_ = steady_now_us() - begun_us;
    if (!secured && stopped()) co_return fail(failure("connecting", "stopped"));
    CO_TRY_VOID(std::move(secured));
  }
  co_return Result<void>{};
}

// Reads once from the socket into the buffer; false at the end of the stream.
Task<Result<bool>> Response::receive(int64_t within_ms, std::string_view doing) {
  Upstream& up = *upstream_;
  if (up.begin == up.end) up.begin = up.end = 0;
  if (up.end == up.buffer.size()) {
    if (up.begin > 0) {
      std::memmove(up.buffer.data(), up.buffer.data() + up.begin, up.end - up.begin);
      up.end -= up.begin;
      up.begin = 0;
    } else if (up.buffer.size() < limits::kMaxHeaderBytes * 2) {
      up.buffer.resize(up.buffer.size() * 2);
    } else {
      co_return fail(Code::UpstreamError, origin_.host + " sent more headers than allowed.");
    }
  }
  watchdog_.allow_ms(within_ms);
  const SteadyUs begun_us = steady_now_us();
  const IoResult got =
      co_await up.stream.read_some(up.buffer.data() + up.end, up.buffer.size() - up.end);
  waited_us_ += steady_now_us() - begun_us;
  bytes_received_ += got.bytes;
  up.end += got.bytes;
  if (got.ok) co_return true;
  if (got.end && !stopped()) co_return false;
  co_return fail(failure(doing, got.message));
}

Task<Result<void>> Response::exchange(const ClientRequest& request) {
  Upstream& up = *upstream_;
  up.parser.reset();
  if (request.method == "HEAD") up.parser.expect_no_body();
  std::string head;
  head.reserve(256 + request.header_block.size());
  head.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nhost: ");
  head += origin_.authority();
  head += "\r\n";
  head += request.header_block;
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head += "content-length: " + std::to_string(request.body.size()) + "\r\n";
  }
  head += "\r\n";
  watchdog_.allow_ms(timeouts_.first_byte_ms);
  const std::string_view pieces[] = {head, request.body};
  const IoResult sent = co_await up.stream.write(pieces);
  if (!sent.ok) co_return fail(failure("sending the request", sent.message));
  written_ = true;
  NoBody no_body;
  const Deadline first_byte = Deadline::after_ms(timeouts_.first_byte_ms, steady_now_us());
  bool needs_more = true;
  while (true) {
    if (needs_more) {
      const int64_t left_ms = (first_byte.at_us - steady_now_us()) / 1000;
      CO_TRY(const bool more, co_await receive(std::max<int64_t>(left_ms, 1), "waiting for it"));
      if (!more) co_return fail(failure("waiting for it", "it closed the connection"));
    }
    auto used = up.parser.feed({up.buffer.data() + up.begin, up.end - up.begin}, no_body);
    if (!used) {
      co_return fail(failure("reading its answer", used.error().message));
    }
    up.begin += *used;
    needs_more = !up.parser.head_done() || up.begin == up.end;
    if (!up.parser.head_done()) continue;
    const int status = up.parser.head().status;
    if (status >= 200 || status == 101) co_return Result<void>{};
    up.parser.reset();  // an interim answer (100, 103): the real one follows, or is here already
  }
}

std::optional<Result<std::string_view>> Response::read_ready() {
  if (next_piece_ < pieces_.size()) return pieces_[next_piece_++];
  pieces_.clear();
  next_piece_ = 0;
  Upstream& up = *upstream_;
  if (!up.parser.done() && up.begin < up.end) {
    CollectPieces sink(pieces_);
    auto used = up.parser.feed({up.buffer.data() + up.begin, up.end - up.begin}, sink);
    if (!used) {
      failed_ = true;
      return fail(failure("reading its answer", used.error().message));
    }
    up.begin += *used;
    if (!pieces_.empty()) return pieces_[next_piece_++];
  }
  if (up.parser.done()) return std::string_view();
  return std::nullopt;
}

Task<Result<std::string_view>> Response::read() {
  while (true) {
    if (auto ready = read_ready()) co_return *std::move(ready);
    auto more = co_await receive(timeouts_.idle_ms, "reading its answer");
    if (!more) {
      failed_ = true;
      co_return fail(std::move(more).error());
    }
    if (*more) continue;
    peer_ended_ = true;
    if (upstream_->parser.ends_at_close() && upstream_->parser.feed_end()) break;
    failed_ = true;
    co_return fail(failure("reading its answer", "it closed the connection before the end"));
  }
  co_return std::string_view();
}

void Response::recycle() {
  if (!upstream_) return;
  watchdog_.guard(nullptr);
  const bool whole = upstream_->parser.done() && !failed_ && !peer_ended_ && !stopped();
  const bool clean = upstream_->begin == upstream_->end;
  if (whole && clean && upstream_->parser.head().keep_alive && upstream_->stream.is_open()) {
    state_->give_back(origin_, std::move(upstream_));
  } else {
    upstream_->stream.close();
  }
}

}  // namespace

Client::Client(IoThread& thread, ClientOptions options)
    : state_(std::make_shared<State>(thread, std::move(options))) {}

Client::~Client() = default;

Task<Result<std::unique_ptr<ClientResponse>>> Client::send(const ClientRequest& request,
                                                           ClientTimeouts timeouts,
                                                           CancelSource* cancel, bool* written) {
  bool may_use_idle = true;
  while (true) {
    auto response = std::make_unique<Response>(state_, request.origin, timeouts, cancel);
    const bool pooled = may_use_idle && response->use_idle();
    if (!pooled) CO_TRY_VOID(co_await response->connect());
    auto exchanged = co_await response->exchange(request);
    if (written) *written = response->written();
    if (exchanged) co_return std::unique_ptr<ClientResponse>(std::move(response));
    // The peer may have closed an idle connection just as it was taken. It may also have done what
    // was asked and then died: what is not safe to do twice is only sent again where it cannot
    // have been read (RFC 9110, 9.2.2). Anything else is the caller's to try again, and to count.
    const bool safe_again = is_safe(request.method) || !response->written();
    if (!pooled || !safe_again || response->got_any_byte() || response->stopped()) {
      co_return fail(std::move(exchanged).error());
    }
    may_use_idle = false;
  }
}

Task<Result<std::string>> Client::read_all(ClientResponse& response, size_t max_bytes) {
  std::string body;
  if (const auto length = response.head().content_length; length && *length <= max_bytes) {
    body.reserve(*length);
  }
  while (true) {
    CO_TRY(const std::string_view piece, co_await response.read());
    if (piece.empty()) co_return body;
    if (body.size() + piece.size() > max_bytes) {
      co_return fail(Code::PayloadTooLarge,
                     "The answer is larger than " + std::to_string(max_bytes) + " bytes.");
    }
    body += piece;
  }
}

void Client::close_idle() {
  state_->idle.clear();
}

}  // namespace tandem::net
